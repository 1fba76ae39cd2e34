import { refuse } from './claude-refusal.ts';
import type { Check } from './claude-shape.ts';
import {
  closed,
  decimal,
  dictionary,
  flag,
  integer,
  isRecord,
  list,
  nullable,
  oneOf,
  tagged,
  text,
  textOr,
} from './claude-shape.ts';
import type { ClaudeBlock } from './rules-blocks.ts';
import { cacheControl, contentBlock, textBlock, TOOL_NAME } from './rules-blocks.ts';

/** A request body whose shape has been checked. */
export interface ClaudeBody {
  model: string;
  max_tokens?: number;
  messages: ClaudeEntry[];
  system?: string | ClaudeBlock[];
  tools?: ClaudeTool[];
  tool_choice?: { type: string; name?: string };
  thinking?: { type: string; budget_tokens?: number; display?: string | null };
  output_config?: { effort?: string | null; format?: { schema: unknown } | null };
  stop_sequences?: string[];
  cache_control?: { type: string; ttl?: string } | null;
  speed?: string | null;
  inference_geo?: string | null;
  stream?: boolean;
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
}

export interface ClaudeEntry {
  role: 'user' | 'assistant' | 'system';
  content: string | ClaudeBlock[];
}

export interface ClaudeTool {
  type?: string | null;
  name: string;
  input_schema?: unknown;
  input_examples?: unknown[];
  strict?: boolean;
  allowed_domains?: string[] | null;
  blocked_domains?: string[] | null;
  cache_control?: { type: string; ttl?: string } | null;
}

export type ClaudeEndpoint = 'messages' | 'count_tokens';

const CALLERS = ['direct', 'code_execution_20250825', 'code_execution_20260120', 'code_execution_20260521'];
const WEB_SEARCH = /^web_search_(20250305|2026\d{4})$/;

const sharedToolFields = {
  'allowed_callers?': list(oneOf(...CALLERS)),
  'cache_control?': cacheControl,
  'defer_loading?': flag(),
  'strict?': flag(),
};

const customTool = closed({
  'type?': nullable(oneOf('custom')),
  name: text({ pattern: TOOL_NAME }),
  input_schema: dictionary(),
  'description?': text(),
  'eager_input_streaming?': nullable(flag()),
  'input_examples?': list(dictionary()),
  ...sharedToolFields,
});

const domains = nullable(list(text({ min: 1 })));

const webSearchTool = closed({
  type: text(),
  name: oneOf('web_search'),
  'allowed_domains?': domains,
  'blocked_domains?': domains,
  'max_uses?': nullable(integer(1)),
  'response_inclusion?': oneOf('full', 'excluded'),
  'user_location?': nullable(
    tagged({
      approximate: {
        'city?': nullable(text({ min: 1, max: 255 })),
        'country?': nullable(text({ min: 2, max: 2 })),
        'region?': nullable(text({ min: 1, max: 255 })),
        'timezone?': nullable(text({ min: 1, max: 255 })),
      },
    }),
  ),
  ...sharedToolFields,
});

function tool(value: unknown, path: string): void {
  const tag = isRecord(value) ? (value['type'] ?? 'custom') : 'custom';
  if (tag === 'custom') return customTool(value, `${path}.custom`);
  if (typeof tag === 'string' && WEB_SEARCH.test(tag)) return webSearchTool(value, `${path}.${tag}`);
  refuse(
    `${path}: Input tag '${typeof tag === 'string' ? tag : JSON.stringify(tag)}' found using 'type' does not match any of the expected tags`,
  );
}

function role(value: unknown): void {
  if (value !== 'user' && value !== 'assistant' && value !== 'system')
    refuse(`messages: Unexpected role "${String(value)}". Allowed roles are "user", "assistant" or "system"`);
}

const entry = closed({ role, content: textOr(list(contentBlock)) });

function entries(value: unknown, path: string): void {
  if (Array.isArray(value) && value.length === 0) refuse(`${path}: at least one message is required`);
  list(entry, { max: 100_000 })(value, path);
}

const choice = { 'disable_parallel_tool_use?': flag() };
const display = { 'display?': nullable(oneOf('summarized', 'omitted')) };

const COUNTED: Record<string, Check> = {
  model: text({ min: 1, max: 256 }),
  messages: entries,
  'system?': textOr(list(textBlock)),
  'tools?': list(tool),
  'tool_choice?': tagged({
    auto: choice,
    any: choice,
    tool: { name: text(), ...choice },
    none: {},
  }),
  'thinking?': tagged({
    enabled: { budget_tokens: integer(1024), ...display },
    adaptive: display,
    disabled: {},
    between_tools: {},
  }),
  'output_config?': closed({
    'effort?': nullable(oneOf('low', 'medium', 'high', 'xhigh', 'max')),
    'format?': nullable(tagged({ json_schema: { schema: dictionary() } })),
  }),
  'cache_control?': cacheControl,
  'speed?': nullable(oneOf('standard', 'fast')),
};

const SENT: Record<string, Check> = {
  ...COUNTED,
  // 0 is legal upstream (cache pre-warming), yet never what a caller of chat completions wants.
  max_tokens: integer(1),
  'stream?': flag(),
  'stop_sequences?': list(text()),
  'metadata?': closed({ 'user_id?': nullable(text({ max: 256 })) }),
  'service_tier?': oneOf('auto', 'standard_only'),
  'container?': nullable(textOr(closed({ 'id?': nullable(text()), 'skills?': nullable(list(dictionary())) }))),
  'diagnostics?': nullable(closed({ 'previous_message_id?': nullable(text()) })),
  'inference_geo?': nullable(oneOf('global', 'us')),
};

const SAMPLED: Record<string, Check> = {
  'temperature?': nullable(decimal(0, 1)),
  'top_p?': nullable(decimal(0, 1)),
  'top_k?': nullable(integer(0)),
};

const SHAPES: Record<ClaudeEndpoint, Record<string, Check>> = {
  messages: { '2026-10-21': closed(SENT), '2023-06-01': closed({ ...SENT, ...SAMPLED }) },
  count_tokens: { '2026-10-21': closed(COUNTED), '2023-06-01': closed(COUNTED) },
};

/** Checks version header, field names and types at every level; what it returns is safe to read. */
export function checkedBody(body: unknown, anthropicVersion: string | undefined, endpoint: ClaudeEndpoint): ClaudeBody {
  if (anthropicVersion === undefined || anthropicVersion === '') refuse('anthropic-version: header is required');
  const shape = SHAPES[endpoint][anthropicVersion];
  if (shape === undefined) refuse(`anthropic-version: "${anthropicVersion}" is not a valid version`);
  refuseLoneSurrogates(body);
  shape(body, '');
  return body as ClaudeBody;
}

/** JSON.stringify escapes lone surrogates, and the real parser refuses such escapes. */
function refuseLoneSurrogates(value: unknown): void {
  if (typeof value === 'string') {
    if (/\p{Surrogate}/u.test(value))
      refuse('The request body is not valid JSON: no low surrogate in string: line 1 column 1 (char 0)');
  } else if (Array.isArray(value)) value.forEach(refuseLoneSurrogates);
  else if (isRecord(value)) {
    for (const [key, field] of Object.entries(value)) {
      refuseLoneSurrogates(key);
      refuseLoneSurrogates(field);
    }
  }
}
