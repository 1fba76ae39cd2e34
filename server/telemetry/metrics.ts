import type { Usage } from '../../shared/chat-completion.ts';
import type { Series } from './series.ts';
import type { UpstreamCounts } from '../upstream/claude.ts';

/** What is counted of a request. */
export interface RequestCount {
  method: string;
  /** The pattern of a route, a path of tRPC's, or over WebSocket what a caller gave as a procedure's name. */
  route: string;
  status: number;
  ms: number;
}

/** Counts of one process since its start. Counting is adding to a number: it is on every request's way. */
export class Metrics {
  readonly upstream: UpstreamCounts = { requests: 0, retries: 0 };
  readonly #procedures: ReadonlySet<string>;
  readonly #requests = new Map<string, { count: number; seconds: number }>();
  readonly #tokens = { prompt: 0, cached: 0, completion: 0 };

  /** `procedures` are the names of tRPC's: any other name counts as unknown. */
  constructor(procedures: Iterable<string>) {
    this.#procedures = new Set(procedures);
  }

  request({ method, route, status, ms }: RequestCount): void {
    const label = method === 'WS' ? this.#knownProcedure(route) : this.#knownRoute(route);
    const labels = `route="${label}",status="${status}"`;
    const counted = this.#requests.get(labels);
    if (counted === undefined) {
      this.#requests.set(labels, { count: 1, seconds: ms / 1000 });
      return;
    }
    counted.count += 1;
    counted.seconds += ms / 1000;
  }

  /** The tokens of one answer, n choices together; once, however many callers read it. */
  usage(usage: Usage): void {
    this.#tokens.prompt += usage.prompt_tokens;
    this.#tokens.cached += usage.prompt_tokens_details?.cached_tokens ?? 0;
    this.#tokens.completion += usage.completion_tokens;
  }

  /** What only ever grows. */
  totals(): Series {
    const series: Series = {
      trestle_upstream_requests_total: this.upstream.requests,
      trestle_upstream_retries_total: this.upstream.retries,
    };
    for (const [kind, count] of Object.entries(this.#tokens)) series[`trestle_tokens_total{kind="${kind}"}`] = count;
    for (const [labels, { count, seconds }] of this.#requests) {
      series[`trestle_request_duration_seconds_count{${labels}}`] = count;
      series[`trestle_request_duration_seconds_sum{${labels}}`] = seconds;
    }
    return series;
  }

  /** Callers make up names and paths of tRPC; a label must not grow with them, nor hold what they wrote. */
  #knownProcedure(path: string): string {
    return this.#procedures.has(path) ? path : 'unknown';
  }

  #knownRoute(route: string): string {
    if (!route.startsWith('/trpc')) return route;
    return this.#procedures.has(route.slice('/trpc/'.length)) ? route : '/trpc/*';
  }
}

/** Of a process, under its worker's number. */
export function processSeries(worker: number): Series {
  const { user, system } = process.cpuUsage();
  return {
    [`trestle_process_resident_memory_bytes{worker="${worker}"}`]: process.memoryUsage.rss(),
    [`trestle_process_cpu_seconds{worker="${worker}"}`]: (user + system) / 1e6,
    [`trestle_process_uptime_seconds{worker="${worker}"}`]: process.uptime(),
  };
}
