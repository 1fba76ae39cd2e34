import type { Series } from './series.ts';

/** What each metric is, and says; in the order in which they are told. */
const METRICS: readonly [name: string, type: 'counter' | 'gauge' | 'summary', help: string][] = [
  ['trestle_request_duration_seconds', 'summary', 'Requests answered, by route and status, to the end of a stream'],
  ['trestle_calls_running', 'gauge', 'Calls under way; one that reads the answer of another worker counts at both'],
  ['trestle_streams_running', 'gauge', 'Streamed answers under way, with or without a reader'],
  ['trestle_answers_kept', 'gauge', 'Streamed answers that can be read, those under way included'],
  ['trestle_answers_kept_bytes', 'gauge', 'What is kept of answers for readers that come back, about'],
  ['trestle_thinking_kept_bytes', 'gauge', 'Signed thinking that is kept, about; each worker holds all of it'],
  ['trestle_websockets', 'gauge', 'WebSockets open'],
  ['trestle_upstream_requests_total', 'counter', "Requests to Claude's API, retries included"],
  ['trestle_upstream_retries_total', 'counter', "Retries of requests to Claude's API"],
  ['trestle_tokens_total', 'counter', 'Tokens that Claude counted; cached ones are prompt tokens as well'],
  ['trestle_answers_of_other_workers_total', 'counter', 'Answers read from the worker that has them by another one'],
  ['trestle_log_dropped_total', 'counter', 'Writes of the log that were dropped: nobody took them, or they failed'],
  ['trestle_workers', 'gauge', 'Processes that answer'],
  ['trestle_process_resident_memory_bytes', 'gauge', 'Resident memory of each worker'],
  ['trestle_process_cpu_seconds', 'gauge', 'CPU time of each worker'],
  ['trestle_process_uptime_seconds', 'gauge', 'Age of each worker'],
];

/** The Prometheus text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function renderMetrics(series: Series): string {
  const names = Object.keys(series).sort();
  const lines: string[] = [];
  for (const [metric, type, help] of METRICS) {
    const members = names.filter((name) => name.split('{')[0]!.replace(/_(count|sum)$/, '') === metric);
    if (members.length === 0) continue;
    lines.push(`# HELP ${metric} ${help}`, `# TYPE ${metric} ${type}`);
    for (const name of members) lines.push(`${name} ${series[name]}`);
  }
  return `${lines.join('\n')}\n`;
}
