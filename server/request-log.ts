import { type Logger, pino } from 'pino';
import type { CallRecord } from './chat/call.ts';
import { LogOutput, outputOf } from './log-output.ts';
import type { Metrics } from './metrics.ts';

/** One finished request. Its fields are all that is ever logged of it: no key, no content. */
export interface RequestLine {
  method: string;
  route: string;
  status: number;
  requestId: string;
  /** The key's fingerprint. */
  key: string | undefined;
  ms: number;
  record: CallRecord | undefined;
  /** What really happened, for failures that are the server's. */
  error?: unknown;
}

/** A line waits so long, in milliseconds: a caller's next request may be there already, and goes before it. */
const LATER_MS = 2;

/** The process's log: a line for each request, and what the process itself has to say. */
export class RequestLog {
  readonly logger: Logger;

  readonly #metrics: Metrics;
  readonly #output: LogOutput | undefined;
  #waiting: RequestLine[] = [];

  constructor(logger: Logger, metrics: Metrics) {
    this.logger = logger;
    this.#metrics = metrics;
    this.#output = outputOf(logger);
  }

  /** Counts at once, and writes a moment later. */
  request(line: RequestLine): void {
    this.#metrics.request(line.route, line.status, line.ms);
    this.#waiting.push(line);
    if (this.#waiting.length === 1) setTimeout(() => this.flush(), LATER_MS).unref();
  }

  /** Writes the lines that wait. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#output?.cork();
    for (const line of waiting) this.#write(line);
    this.#output?.uncork();
  }

  #write({ method, route, status, requestId, key, record, ms, error }: RequestLine): void {
    const fields = {
      method,
      route,
      status,
      requestId,
      key,
      model: record?.model,
      promptTokens: record?.usage?.prompt_tokens,
      completionTokens: record?.usage?.completion_tokens,
      firstByteMs: round(record?.firstByteMs),
      ms: round(ms),
      err: error === undefined ? undefined : withoutContent(error),
    };
    if (status >= 500) this.logger.error(fields, 'request failed');
    else this.logger.info(fields, 'request');
  }
}

export interface LogOptions {
  level: string;
  /** For people; JSON otherwise. */
  pretty: boolean;
  destination?: NodeJS.WritableStream;
}

export async function createLogger({ level, pretty, destination }: LogOptions): Promise<Logger> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) return pino(options, new LogOutput(destination));
  const { default: pinoPretty } = await import('pino-pretty');
  return pino(options, pinoPretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true, sync: true }));
}

/** Errors of the SDK hold Claude's answer, which may quote the prompt: only what kind of failure it was is logged. */
function withoutContent(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6);
  return { type: name, code, at: frames, ...(cause instanceof Error && { cause: withoutContent(cause) }) };
}

function round(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
