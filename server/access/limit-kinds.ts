import type { Limits } from '../../shared/rate-limit.ts';
import type { SpentCall } from '../calls/spending.ts';

/** What is counted over a minute, and how much of it a call of Claude's is. */
export const MINUTE_LIMITS = {
  requests: { field: 'max_requests_per_1_minute', name: 'requests per min (RPM)', of: () => 0 },
  tokens: {
    field: 'max_tokens_per_1_minute',
    name: 'tokens per min (TPM)',
    of: (call) => inputOf(call) + call.outputTokens,
  },
  input: { field: 'max_input_tokens_per_1_minute', name: 'input tokens per min (ITPM)', of: inputOf },
  output: {
    field: 'max_output_tokens_per_1_minute',
    name: 'output tokens per min (OTPM)',
    of: ({ outputTokens }) => outputTokens,
  },
} as const satisfies Record<string, { field: keyof Limits; name: string; of: (call: SpentCall) => number }>;

export type MinuteLimit = keyof typeof MINUTE_LIMITS;

function inputOf({ inputTokens, cacheReadTokens, cacheWriteTokens }: SpentCall): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

const FIELDS = [
  ...Object.values(MINUTE_LIMITS).map(({ field }) => field),
  'max_parallel_requests',
] as const satisfies readonly (keyof Limits)[];

/** Those of the fields that limit anything; undefined where none does. */
export function limitsIn(fields: Limits): Limits | undefined {
  const found = FIELDS.flatMap((name) => (fields[name] ? [[name, fields[name]] as const] : []));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
