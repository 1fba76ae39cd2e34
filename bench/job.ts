/** One run of the load generator, as it is told over IPC. */
export interface Job {
  transport: 'http' | 'websocket';
  url: string;
  headers: Record<string, string>;
  body: object;
  connections: number;
  seconds: number;
  /** Of a stream: how many events at least, and how the last one ends. */
  stream: { events: number; end: string } | null;
}

/** What came of it; times in milliseconds. A job in which any answer was wrong fails as a whole. */
export interface Outcome {
  requests: number;
  seconds: number;
  p50: number;
  p99: number;
  /** Median until the first piece of content; null for whole answers. */
  firstToken: number | null;
}

/** Times of one job, as they come. */
export class Stopwatch {
  readonly #startedAt = performance.now();
  readonly #until: number;
  readonly #latencies: number[] = [];
  readonly #firstTokens: number[] = [];

  constructor(seconds: number) {
    this.#until = this.#startedAt + seconds * 1000;
  }

  /** Whether another request may begin. */
  get running(): boolean {
    return performance.now() < this.#until;
  }

  record(latency: number, firstToken: number | undefined): void {
    this.#latencies.push(latency);
    if (firstToken !== undefined) this.#firstTokens.push(firstToken);
  }

  outcome(): Outcome {
    return {
      requests: this.#latencies.length,
      seconds: (performance.now() - this.#startedAt) / 1000,
      p50: quantile(this.#latencies, 0.5),
      p99: quantile(this.#latencies, 0.99),
      firstToken: this.#firstTokens.length > 0 ? quantile(this.#firstTokens, 0.5) : null,
    };
  }
}

/** Nearest rank; NaN without values. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
