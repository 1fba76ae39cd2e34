import { type AdminClient, type AdminSettings, asAdmin } from './admin-client.ts';
import { renderTable } from './table.ts';

export interface UsageSettings extends AdminSettings {
  /** Of `project`, `key` and `model` any, with commas between them, or empty for one sum. */
  by: string;
  /** How far back, such as `12h`, `7d` or `4w`. */
  since: string;
}

/** What was spent, by project, key and model. */
interface Spent {
  project?: string;
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
const GROUPS = { project: 'project_id', key: 'api_key_id', model: 'model' } as const;
type Group = keyof typeof GROUPS;

/** Writes what was spent to stdout. Rejects for settings that can't be read, and with the server's refusal. */
export async function usage({ by, since, json, ...server }: UsageSettings): Promise<void> {
  const groups = by.split(',').filter((name) => name !== '');
  for (const name of groups)
    if (!Object.hasOwn(GROUPS, name))
      throw new Error(`--by ${name}: expected project, key or model, or several with a comma`);
  const start = startOf(since);
  const spent = await asAdmin(server, (organization) => readSpent(organization, start, groups as Group[]));
  process.stdout.write(
    json ? `${JSON.stringify(spent, null, 2)}\n` : renderTable(spent.map(toRow), 'Nothing was spent.'),
  );
}

/** Unix seconds. */
function startOf(since: string): number {
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(since) ?? [];
  if (count === undefined) throw new Error(`--since ${since}: expected a number with h, d or w, such as 7d`);
  return Math.floor(Date.now() / 1000) - Number(count) * SECONDS[unit!]!;
}

async function readSpent(organization: AdminClient, start: number, groups: readonly Group[]): Promise<Spent[]> {
  const found = new Map<string, Spent>();
  const spentOf = (project: string | null, key: string | null, model: string | null): Spent => {
    const name = JSON.stringify([project, key, model]);
    const spent = found.get(name) ?? {
      ...(project !== null && { project }),
      ...(key !== null && { key }),
      ...(model !== null && { model }),
      calls: 0,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      dollars: 0,
      unpriced: 0,
    };
    found.set(name, spent);
    return spent;
  };
  const range = { start_time: start, bucket_width: '1d' } as const;
  const usageBy = groups.map((name) => GROUPS[name]);
  for await (const result of resultsOf((page) => organization.usage.query({ ...range, group_by: usageBy, page }))) {
    const spent = spentOf(result.project_id, result.api_key_id, result.model);
    spent.calls += result.num_model_requests;
    spent.inputTokens += result.input_tokens;
    spent.cachedTokens += result.input_cached_tokens;
    spent.outputTokens += result.output_tokens;
  }
  const costsBy = groups.map((name) => (name === 'model' ? 'line_item' : GROUPS[name]));
  for await (const result of resultsOf((page) => organization.costs.query({ ...range, group_by: costsBy, page }))) {
    const spent = spentOf(result.project_id, result.api_key_id, result.line_item);
    spent.dollars += result.amount.value;
    spent.unpriced += result.unpriced_requests;
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
function toRow({ project, key, model, ...spent }: Spent): Record<string, string> {
  return {
    ...(project !== undefined && { project }),
    // Of a key in the configuration as much as the log shows.
    ...(key !== undefined && { key: key.replace(/^([0-9a-f]{8})[0-9a-f]{56}$/, '$1') }),
    ...(model !== undefined && { model }),
    calls: String(spent.calls),
    input: String(spent.inputTokens),
    cached: String(spent.cachedTokens),
    output: String(spent.outputTokens),
    US$: `${spent.dollars.toFixed(6)}${spent.unpriced > 0 ? ` + ${spent.unpriced} calls without a price` : ''}`,
  };
}
