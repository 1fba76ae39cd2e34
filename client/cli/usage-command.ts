import { createTRPCClient, httpLink } from '@trpc/client';
import type { AppRouter } from '../contract/app-router.ts';
import { plainJson } from '../contract/plain-json.ts';
import { checkedFetch } from '../errors/checked-fetch.ts';
import { toTrestleError } from '../errors/to-trestle-error.ts';
import { renderTable } from './table.ts';

export interface UsageSettings {
  url: string;
  /** The server's TRESTLE_ADMIN_KEY. */
  adminKey: string;
  /** `key`, `model`, both with a comma between them, or empty for one sum. */
  by: string;
  /** How far back, such as `12h`, `7d` or `4w`. */
  since: string;
  /** JSON in place of a table. */
  json: boolean;
}

/** What was spent, by key and model. */
interface Spent {
  key?: string;
  model?: string;
  calls: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** Without the calls of models that have no price. */
  dollars: number;
  /** Those calls. */
  unpriced: number;
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, d: 86_400, w: 7 * 86_400 };
const GROUPS = { key: 'api_key_id', model: 'model' } as const;

/** Writes what was spent to stdout. Rejects for settings that can't be read, and with the server's refusal. */
export async function usage({ url, adminKey, by, since, json }: UsageSettings): Promise<void> {
  if (adminKey === '') throw new Error('usage needs the admin key: --admin-key, or TRESTLE_ADMIN_KEY');
  const groups = by.split(',').filter((name) => name !== '');
  for (const name of groups)
    if (!Object.hasOwn(GROUPS, name)) throw new Error(`--by ${name}: expected key or model, or both with a comma`);
  const spent = await readSpent({ url, adminKey, start: startOf(since), groups: groups as (keyof typeof GROUPS)[] });
  process.stdout.write(json ? `${JSON.stringify(spent, null, 2)}\n` : renderTable(spent.map(toRow)));
}

/** Unix seconds. */
function startOf(since: string): number {
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(since) ?? [];
  if (count === undefined) throw new Error(`--since ${since}: expected a number with h, d or w, such as 7d`);
  return Math.floor(Date.now() / 1000) - Number(count) * SECONDS[unit!]!;
}

interface Asked {
  url: string;
  adminKey: string;
  start: number;
  groups: readonly (keyof typeof GROUPS)[];
}

async function readSpent({ url, adminKey, start, groups }: Asked): Promise<Spent[]> {
  const { organization } = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url.replace(/\/+$/, '')}/trpc`,
        headers: { authorization: `Bearer ${adminKey}` },
        transformer: plainJson,
        fetch: checkedFetch(undefined) as never,
      }),
    ],
  });
  const found = new Map<string, Spent>();
  const spentOf = (key: string | null, model: string | null): Spent => {
    const spent = found.get(`${key} ${model}`) ?? {
      ...(key !== null && { key }),
      ...(model !== null && { model }),
      calls: 0,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      dollars: 0,
      unpriced: 0,
    };
    found.set(`${key} ${model}`, spent);
    return spent;
  };
  try {
    const range = { start_time: start, bucket_width: '1d' } as const;
    const usageBy = groups.map((name) => GROUPS[name]);
    for await (const result of resultsOf((page) => organization.usage.query({ ...range, group_by: usageBy, page }))) {
      const spent = spentOf(result.api_key_id, result.model);
      spent.calls += result.num_model_requests;
      spent.inputTokens += result.input_tokens;
      spent.cachedTokens += result.input_cached_tokens;
      spent.outputTokens += result.output_tokens;
    }
    const costsBy = groups.map((name) => (name === 'model' ? 'line_item' : 'api_key_id'));
    for await (const result of resultsOf((page) => organization.costs.query({ ...range, group_by: costsBy, page }))) {
      const spent = spentOf(result.api_key_id, result.line_item);
      spent.dollars += result.amount.value;
      spent.unpriced += result.unpriced_requests;
    }
  } catch (thrown) {
    throw new Error(`${url}: ${toTrestleError(thrown).message}`, { cause: thrown });
  }
  return [...found.values()].toSorted((one, other) => other.dollars - one.dollars);
}

interface Page<Result> {
  data: { results: Result[] }[];
  next_page: string | null;
}

/** The results of all buckets of all pages. */
async function* resultsOf<Result>(
  ask: (page: string | undefined) => Promise<Page<Result>>,
): AsyncGenerator<Result, void, undefined> {
  for (let page: string | null | undefined; page !== null;) {
    const answer: Page<Result> = await ask(page);
    for (const { results } of answer.data) yield* results;
    page = answer.next_page;
  }
}

/** The first digits of a key's id stand in the server's log as well. */
function toRow({ key, model, ...spent }: Spent): Record<string, string> {
  return {
    ...(key !== undefined && { key: key.slice(0, 8) }),
    ...(model !== undefined && { model }),
    calls: String(spent.calls),
    input: String(spent.inputTokens),
    cached: String(spent.cachedTokens),
    output: String(spent.outputTokens),
    US$: `${spent.dollars.toFixed(6)}${spent.unpriced > 0 ? ` + ${spent.unpriced} calls without a price` : ''}`,
  };
}
