import { type Logger, pino } from 'pino';
import type { TrestleError } from '../../shared/error.ts';
import type { CallRecord } from '../calls/call.ts';
import { type LogDestination, LogOutput } from './log-output.ts';
import type { Metrics } from './metrics.ts';

/** One finished request. Its fields are all that is ever logged of it: no key, no content. */
export interface RequestLine {
  method: string;
  /** The pattern of a route, or a procedure's name. */
  route: string;
  /** What was asked for where there is no route. */
  path?: string | undefined;
  /** Where a page stands that may not call. */
  origin?: string | undefined;
  status: number;
  requestId: string;
  /** The key's fingerprint. */
  key: string | undefined;
  ms: number;
  record: CallRecord | undefined;
  /** Why it failed. */
  failure?: TrestleError | undefined;
}

/** A line waits so long, in milliseconds: a caller's next request may be there already, and goes before it. */
const LATER_MS = 2;

/** The process's log: a line for each request, and what the process itself has to say. */
export class RequestLog {
  readonly logger: Logger;

  readonly #metrics: Metrics;
  readonly #output: LogOutput | undefined;
  #waiting: RequestLine[] = [];

  constructor({ logger, output }: ProcessLog, metrics: Metrics) {
    this.logger = logger;
    this.#metrics = metrics;
    this.#output = output;
  }

  /** Counts at once, and writes a moment later. */
  request(line: RequestLine): void {
    this.#metrics.request(line);
    this.#waiting.push(line);
    if (this.#waiting.length === 1) setTimeout(() => this.flush(), LATER_MS).unref();
  }

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#output?.dropped ?? 0;
  }

  /** Writes the lines that wait. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#output?.cork();
    for (const line of waiting) this.#write(line);
    this.#output?.uncork();
  }

  /** Resolves when all is written, or given up. */
  async close(): Promise<void> {
    await this.#output?.close();
  }

  #write({ method, route, path, origin, status, requestId, key, record, ms, failure }: RequestLine): void {
    const error = failure?.cause;
    const fields = {
      method,
      route,
      path,
      origin,
      status,
      code: failure?.code ?? undefined,
      param: failure?.param ?? undefined,
      reason: origin === undefined ? undefined : failure?.message,
      requestId,
      key,
      model: record?.model,
      promptTokens: record?.usage?.prompt_tokens,
      completionTokens: record?.usage?.completion_tokens,
      cost: record?.usage?.cost,
      firstByteMs: round(record?.firstByteMs),
      ms: round(ms),
      err: error === undefined ? undefined : withoutContent(error),
    };
    if (status >= 500) this.logger.error(fields, 'request failed');
    // Somebody's page does not work, and only who runs the server can mend it.
    else if (origin !== undefined) this.logger.warn(fields, 'a page of another origin was refused');
    else if (failure?.code === 'insufficient_quota') this.logger.warn(fields, "Claude's account can't be billed");
    else this.logger.info(fields, 'request');
  }
}

export interface LogOptions {
  level: string;
  /** Write lines for people in place of JSON. */
  pretty: boolean;
  destination?: LogDestination;
}

/** What the process writes its log with. */
export interface ProcessLog {
  logger: Logger;
  /** Where the lines go; undefined where they are for people. */
  output: LogOutput | undefined;
}

export async function createLog({ level, pretty, destination }: LogOptions): Promise<ProcessLog> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) {
    const output = new LogOutput(destination);
    return { logger: pino(options, output), output };
  }
  const { default: pinoPretty } = await import('pino-pretty');
  const logger = pino(
    options,
    pinoPretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true, sync: true }),
  );
  return { logger, output: undefined };
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
