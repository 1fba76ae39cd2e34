import { expect, it } from 'vitest';
import { Metrics } from '../../../server/telemetry/metrics.ts';
import { renderSnapshots, Totals } from '../../../server/telemetry/snapshot.ts';
import { ACCESS } from '../../support/access.ts';

const PROCEDURES = ['chat.complete', 'chat.stream'];
const metricsOf = (worker: number): Metrics => new Metrics({ procedures: PROCEDURES, worker });

/** The lines of a metric and of its parts. */
function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(name));
}

it('counts requests by route and status, and all paths that callers made up as one', async () => {
  const metrics = metricsOf(0);
  const count = (method: string, route: string, status: number, ms: number): void =>
    metrics.request({ method, route, status, ms });
  count('POST', '/v1/chat/completions', 200, 1500);
  count('POST', '/v1/chat/completions', 200, 500);
  for (const path of ['/trpc/chat.complete', '/trpc/no.such', '/trpc/a,b,c', '/trpc/"\n']) count('POST', path, 404, 0);
  count('WS', 'chat.stream', 200, 0);
  for (const name of ['made.up', '/v1/chat/completions', '/"} 1\nforged 1']) count('WS', name, 404, 0);
  const text = await renderSnapshots([await metrics.snapshot()]);
  const name = 'trestle_request_duration_seconds';
  expect(linesOf(text, `${name}_count`)).toEqual([
    `${name}_count{route="/v1/chat/completions",status="200"} 2`,
    `${name}_count{route="/trpc/chat.complete",status="404"} 1`,
    `${name}_count{route="/trpc/*",status="404"} 3`,
    `${name}_count{route="chat.stream",status="200"} 1`,
    `${name}_count{route="unknown",status="404"} 3`,
  ]);
  const answers = 'route="/v1/chat/completions",status="200"';
  expect(linesOf(text, `${name}_sum{${answers}}`)).toEqual([`${name}_sum{${answers}} 2`]);
  const below = (seconds: number): string => `${name}_bucket{le="${seconds}",${answers}}`;
  expect(linesOf(text, below(0.25))).toEqual([`${below(0.25)} 0`]);
  expect(linesOf(text, below(0.5))).toEqual([`${below(0.5)} 1`]);
  expect(linesOf(text, below(2.5))).toEqual([`${below(2.5)} 2`]);
});

it('adds up several processes, and writes each metric once under its help and type', async () => {
  const [one, other] = [metricsOf(1), metricsOf(2)];
  const call = (model: string, nanoDollars: number | null) => ({
    model,
    nanoDollars,
    inputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    webSearches: 0,
  });
  one.spent({
    access: ACCESS,
    usage: { prompt_tokens: 2, completion_tokens: 0, total_tokens: 2 },
    calls: [call('claude-haiku-4-5-20251001', 1000), call('claude-haiku-4-5', 500)],
  });
  other.spent({
    access: ACCESS,
    usage: {
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
    },
    calls: [call('made-up', null)],
  });
  const text = await renderSnapshots([await one.snapshot(), await other.snapshot()]);
  expect(text).toContain(`# HELP trestle_tokens_total Tokens that Claude counted; cached ones are prompt tokens as well
# TYPE trestle_tokens_total counter
trestle_tokens_total{kind="prompt"} 5
trestle_tokens_total{kind="cached"} 1
trestle_tokens_total{kind="completion"} 4
`);
  expect(linesOf(text, 'trestle_cost_dollars_total')).toEqual([
    'trestle_cost_dollars_total{model="claude-haiku-4-5"} 0.0000015',
  ]);
  expect(linesOf(text, 'trestle_unpriced_calls_total')).toEqual(['trestle_unpriced_calls_total{model="other"} 1']);
  expect(linesOf(text, 'trestle_workers')).toEqual(['trestle_workers 2']);
  expect(linesOf(text, 'trestle_process_uptime_seconds').map((line) => line.split(' ')[0])).toEqual([
    'trestle_process_uptime_seconds{worker="1"}',
    'trestle_process_uptime_seconds{worker="2"}',
  ]);
});

it('keeps of processes that have ended what only grows', async () => {
  const [ended, running] = [metricsOf(1), metricsOf(2)];
  for (const metrics of [ended, running]) metrics.request({ method: 'GET', route: '/v1/models', status: 200, ms: 40 });
  running.gauge('trestle_websockets', 'WebSockets open', () => 3);
  const kept = await new Totals().add(await ended.snapshot());
  // As it crosses from process to process.
  const text = await renderSnapshots([await running.snapshot(), JSON.parse(JSON.stringify(kept)) as typeof kept]);
  expect(text).toContain('trestle_request_duration_seconds_count{route="/v1/models",status="200"} 2\n');
  expect(linesOf(text, 'trestle_workers')).toEqual(['trestle_workers 1']);
  expect(linesOf(text, 'trestle_websockets')).toEqual(['trestle_websockets 3']);
});

it('loses none of several processes that end at the same time', async () => {
  const totals = new Totals();
  const snapshots = await Promise.all([1, 2, 3].map((worker) => endedAfterOneRequest(worker)));
  const sums = await Promise.all(snapshots.map((snapshot) => totals.add(snapshot)));
  expect(await renderSnapshots([sums.at(-1)!])).toContain('_count{route="/v1/models",status="200"} 3\n');
});

function endedAfterOneRequest(worker: number): ReturnType<Metrics['snapshot']> {
  const metrics = metricsOf(worker);
  metrics.request({ method: 'GET', route: '/v1/models', status: 200, ms: 40 });
  return metrics.snapshot();
}
