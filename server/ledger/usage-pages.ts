import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import {
  BUCKETS,
  type CostsPage,
  type CostsRequest,
  type UsagePage,
  type UsageRequest,
} from '../../shared/organization-usage.ts';
import { NANO } from './cost-of.ts';
import type { Grouping, Ledger, LedgerSum } from './ledger.ts';

/** OpenAI's names of what sums are told apart by. */
const GROUPS = {
  project_id: 'projectId',
  api_key_id: 'keyId',
  model: 'model',
  line_item: 'model',
} as const satisfies Record<string, Grouping>;

/** Tokens by time, in the shape of OpenAI's usage. Rejects with a 400 that names the field. */
export async function usagePage(ledger: Ledger, asked: z.output<typeof UsageRequest>): Promise<UsagePage> {
  const { seconds, limit, max } = BUCKETS[asked.bucket_width];
  if (asked.limit && asked.limit > max)
    throw new TrestleError('invalid_value', `A page of ${asked.bucket_width} has at most ${max} buckets`, {
      param: 'limit',
    });
  const groupBy = (asked.group_by ?? []).map((name) => GROUPS[name]);
  return await page(ledger, { ...asked, width: seconds, limit: asked.limit ?? limit, groupBy }, (sum) => ({
    object: 'organization.usage.completions.result',
    input_tokens: sum.inputTokens + sum.cacheReadTokens + sum.cacheWriteTokens,
    input_cached_tokens: sum.cacheReadTokens,
    input_cache_write_tokens: sum.cacheWriteTokens,
    output_tokens: sum.outputTokens,
    num_model_requests: sum.calls,
    project_id: sum.projectId,
    api_key_id: sum.keyId,
    model: sum.model,
  }));
}

/** Costs by day, in the shape of OpenAI's. Rejects like {@link usagePage}. */
export async function costsPage(ledger: Ledger, asked: z.output<typeof CostsRequest>): Promise<CostsPage> {
  const groupBy = (asked.group_by ?? []).map((name) => GROUPS[name]);
  return await page(ledger, { ...asked, width: BUCKETS['1d'].seconds, models: undefined, groupBy }, (sum) => ({
    object: 'organization.costs.result',
    amount: { value: sum.nanoDollars / NANO, currency: 'usd' },
    unpriced_requests: sum.unpriced,
    project_id: sum.projectId,
    api_key_id: sum.keyId,
    line_item: sum.model,
  }));
}

interface Asked {
  start_time: number;
  end_time?: number | null | undefined;
  project_ids?: readonly string[] | null | undefined;
  api_key_ids?: readonly string[] | null | undefined;
  models?: readonly string[] | null | undefined;
  page?: string | null | undefined;
  width: number;
  limit: number;
  groupBy: readonly Grouping[];
}

interface Bucket<Result> {
  object: 'bucket';
  start_time: number;
  end_time: number;
  results: Result[];
}

/** Buckets in a row, those without a result too, so that a chart has no holes. */
async function page<Result>(
  ledger: Ledger,
  { width, limit, groupBy, ...asked }: Asked,
  toResult: (sum: LedgerSum) => Result,
): Promise<{ object: 'page'; data: Bucket<Result>[]; has_more: boolean; next_page: string | null }> {
  const until = asked.end_time ?? Math.floor(Date.now() / 1000) + 1;
  if (until <= asked.start_time)
    throw new TrestleError('invalid_value', 'The end has to be after the start', { param: 'end_time' });
  // What is kept is told apart by minutes.
  const to = Math.ceil(until / MINUTE) * MINUTE;
  const earliest = Math.floor(asked.start_time / MINUTE) * MINUTE;
  const from = asked.page ? startOf(asked.page, earliest) : earliest;
  const first = Math.floor(from / width) * width;
  const end = Math.min(first + limit * width, to);
  const sums = await ledger.sums({
    from,
    to: end,
    width,
    groupBy,
    only: {
      projectId: asked.project_ids ?? undefined,
      keyId: asked.api_key_ids ?? undefined,
      model: asked.models ?? undefined,
    },
  });
  const byStart = new Map<number, LedgerSum[]>();
  for (const sum of sums) byStart.set(sum.start, [...(byStart.get(sum.start) ?? []), sum]);
  const data: Bucket<Result>[] = [];
  for (let start = first; start < end; start += width) {
    const found = (byStart.get(start) ?? []).map(toResult);
    data.push({ object: 'bucket', start_time: start, end_time: start + width, results: found });
  }
  const hasMore = end < to;
  return { object: 'page', data, has_more: hasMore, next_page: hasMore ? `page_${end}` : null };
}

const MINUTE = BUCKETS['1m'].seconds;

function startOf(cursor: string, first: number): number {
  const start = Number(/^page_(\d{1,12})$/.exec(cursor)?.[1] ?? Number.NaN);
  if (start >= first) return start;
  throw new TrestleError('invalid_value', 'There is no such page', { param: 'page' });
}
