import { Counter, Gauge, Histogram, Registry } from '@platformatic/prom-client';
import type { Spending } from '../calls/spending.ts';
import { rulesOf } from '../claude/models.ts';
import type { UpstreamCounts } from '../upstream/claude.ts';
import type { Snapshot } from './snapshot.ts';

/** What is counted of a request. */
export interface RequestCount {
  method: string;
  /** The pattern of a route, a path of tRPC's, or over WebSocket what a caller gave as a procedure's name. */
  route: string;
  status: number;
  ms: number;
}

export interface MetricsOptions {
  /** The names of tRPC's procedures: any other name counts as unknown. */
  procedures: Iterable<string>;
  /** The number of this process among several; 0 when it is alone. */
  worker: number;
}

/** Seconds: from a refusal to the longest answers that Claude streams. */
const DURATIONS = [0.005, 0.05, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** The numbers of one process since its start, in Prometheus' terms. */
export class Metrics {
  readonly upstream: UpstreamCounts = { requests: 0, retries: 0 };
  readonly #registry = new Registry();
  readonly #procedures: ReadonlySet<string>;
  readonly #requests: Histogram<'route' | 'status'>;
  readonly #tokens: Counter<'kind'>;
  readonly #cost: Counter<'model'>;
  readonly #unpriced: Counter<'model'>;
  readonly #batchTokens: Counter<'kind'>;

  constructor({ procedures, worker }: MetricsOptions) {
    const registers = [this.#registry];
    this.#procedures = new Set(procedures);
    this.#requests = new Histogram({
      name: 'trestle_request_duration_seconds',
      help: 'Requests answered, by route and status, to the end of a stream',
      labelNames: ['route', 'status'],
      buckets: DURATIONS,
      registers,
    });
    this.#tokens = new Counter({
      name: 'trestle_tokens_total',
      help: 'Tokens that Claude counted; cached ones are prompt tokens as well',
      labelNames: ['kind'],
      registers,
    });
    this.#cost = new Counter({
      name: 'trestle_cost_dollars_total',
      help: 'What calls to Claude cost in US dollars, by the model that answered; those of models without a price are not in it',
      labelNames: ['model'],
      registers,
    });
    this.#unpriced = new Counter({
      name: 'trestle_unpriced_calls_total',
      help: 'Calls that models without a price answered',
      labelNames: ['model'],
      registers,
    });
    this.#batchTokens = new Counter({
      name: 'trestle_batch_tokens_total',
      help: 'Those of the tokens that are of batches, for which Claude takes half the price',
      labelNames: ['kind'],
      registers,
    });
    for (const counter of [this.#tokens, this.#batchTokens])
      for (const kind of ['prompt', 'cached', 'completion']) counter.inc({ kind }, 0);
    this.count(
      'trestle_upstream_requests_total',
      "Requests to Claude's API, retries included",
      () => this.upstream.requests,
    );
    this.count('trestle_upstream_retries_total', "Retries of requests to Claude's API", () => this.upstream.retries);
    this.gauge('trestle_workers', 'Processes that answer', () => 1);
    for (const [name, help, read] of PROCESS) this.#read('gauge', { name, help, read, labels: { worker } });
  }

  request({ method, route, status, ms }: RequestCount): void {
    const label = method === 'WS' ? this.#knownProcedure(route) : this.#knownRoute(route);
    this.#requests.observe({ route: label, status }, ms / 1000);
  }

  /** What one answer has cost, n choices together; once, however many callers read it. */
  spent({ usage, calls, batchRequest }: Spending): void {
    for (const { model, nanoDollars } of calls) {
      const label = { model: rulesOf(model)?.id ?? 'other' };
      if (nanoDollars === null) this.#unpriced.inc(label);
      else this.#cost.inc(label, nanoDollars / 1e9);
    }
    for (const counter of batchRequest === undefined ? [this.#tokens] : [this.#tokens, this.#batchTokens]) {
      counter.inc({ kind: 'prompt' }, usage.prompt_tokens);
      counter.inc({ kind: 'cached' }, usage.prompt_tokens_details?.cached_tokens ?? 0);
      counter.inc({ kind: 'completion' }, usage.completion_tokens);
    }
  }

  /** A number that is read when it is asked for, and goes up and down. */
  gauge(name: string, help: string, read: () => number): void {
    this.#read('gauge', { name, help, read, labels: {} });
  }

  /** A number that is counted elsewhere, and only grows. */
  count(name: string, help: string, read: () => number): void {
    this.#read('counter', { name, help, read, labels: {} });
  }

  #read(type: 'gauge' | 'counter', { name, help, read, labels }: ReadNumber): void {
    const Type = type === 'gauge' ? Gauge : Counter;
    const metric: Gauge<string> | Counter<string> = new Type({
      name,
      help,
      labelNames: Object.keys(labels),
      registers: [this.#registry],
      collect(): void {
        metric.reset();
        metric.inc(labels, read());
      },
    });
  }

  /** All numbers now, as plain JSON. */
  snapshot(): Promise<Snapshot> {
    return this.#registry.getMetricsAsJSON();
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

interface ReadNumber {
  name: string;
  help: string;
  read: () => number;
  labels: Record<string, string | number>;
}

/** Gauges of the process itself, labelled with its worker's number. */
const PROCESS: readonly [name: string, help: string, read: () => number][] = [
  ['trestle_process_resident_memory_bytes', 'Resident memory of each worker', () => process.memoryUsage.rss()],
  ['trestle_process_cpu_seconds', 'CPU time of each worker', cpuSeconds],
  ['trestle_process_uptime_seconds', 'Age of each worker', () => process.uptime()],
];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
