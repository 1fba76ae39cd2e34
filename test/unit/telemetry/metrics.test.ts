import { expect, it } from 'vitest';
import { renderMetrics } from '../../../server/telemetry/prometheus.ts';
import { Metrics } from '../../../server/telemetry/metrics.ts';
import { addSeries } from '../../../server/telemetry/series.ts';

it('counts by route and status, and a path that a caller made up as any other', () => {
  const metrics = new Metrics(['chat.complete', 'chat.stream']);
  const count = (method: string, route: string, status: number, ms: number): void =>
    metrics.request({ method, route, status, ms });
  count('POST', '/v1/chat/completions', 200, 1500);
  count('POST', '/v1/chat/completions', 200, 500);
  for (const path of ['/trpc/chat.complete', '/trpc/no.such', '/trpc/a,b,c', '/trpc/"\n']) count('POST', path, 404, 0);
  count('WS', 'chat.stream', 200, 0);
  for (const name of ['made.up', '/v1/chat/completions', '/"} 1\nforged 1']) count('WS', name, 404, 0);
  const counts = Object.entries(metrics.totals()).filter(([name]) => name.includes('_count{'));
  expect(Object.fromEntries(counts)).toEqual({
    'trestle_request_duration_seconds_count{route="/v1/chat/completions",status="200"}': 2,
    'trestle_request_duration_seconds_count{route="/trpc/chat.complete",status="404"}': 1,
    'trestle_request_duration_seconds_count{route="/trpc/*",status="404"}': 3,
    'trestle_request_duration_seconds_count{route="chat.stream",status="200"}': 1,
    'trestle_request_duration_seconds_count{route="unknown",status="404"}': 3,
  });
  expect(metrics.totals()['trestle_request_duration_seconds_sum{route="/v1/chat/completions",status="200"}']).toBe(2);
});

it('adds up several processes, and writes each metric once under its help and type', () => {
  const sum = addSeries([
    { 'trestle_tokens_total{kind="prompt"}': 2, trestle_workers: 1 },
    { 'trestle_tokens_total{kind="prompt"}': 3, 'trestle_tokens_total{kind="cached"}': 1, trestle_workers: 1 },
  ]);
  expect(renderMetrics(sum)).toBe(
    [
      '# HELP trestle_tokens_total Tokens that Claude counted; cached ones are prompt tokens as well',
      '# TYPE trestle_tokens_total counter',
      'trestle_tokens_total{kind="cached"} 1',
      'trestle_tokens_total{kind="prompt"} 5',
      '# HELP trestle_workers Processes that answer',
      '# TYPE trestle_workers gauge',
      'trestle_workers 2',
      '',
    ].join('\n'),
  );
});
