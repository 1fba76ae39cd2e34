import Anthropic from '@anthropic-ai/sdk';
import type { ClaudeEvent, ClaudeMessage } from '../claude/claude-event.ts';
import type { AnthropicVersion, ClaudeRequest } from '../claude/to-claude-request.ts';
import type { UpstreamBody } from './body.ts';
import { brokenConnection, fromErrorEvent, headersOf, silentTooLong, toFailure, unreadable } from './failure.ts';
import { readEvents } from './read-events.ts';
import { withRetries } from './retry.ts';
import { createTransport, readText } from './transport.ts';
import { Watchdog } from './watchdog.ts';

export interface ClaudeClientOptions {
  baseUrl: string;
  authorization: { apiKey: string } | { authToken: string };
  /** Until the first byte of a stream, or the whole of a JSON answer. */
  upstreamTimeoutMs: number;
  /** Longest silence inside a stream. */
  idleTimeoutMs: number;
  maxRetries: number;
}

/** What came with an answer: Claude's response headers in lower case. */
export interface Answered<T> {
  answer: T;
  headers: Record<string, string>;
}

export type ModelInfo = Anthropic.ModelInfo;

/** Longest `setTimeout`: the SDK's own time-out is never the one that fires. */
const NEVER = 2 ** 31 - 1;

/** Claude's API: whole answers, streams of events, and models. All failures are public `TrestleError`s. */
export class ClaudeClient {
  readonly #sdk: Anthropic;
  readonly #options: ClaudeClientOptions;
  readonly #transport = createTransport();
  readonly #authorization: string;

  constructor(options: ClaudeClientOptions) {
    this.#options = options;
    this.#authorization = `Bearer ${'apiKey' in options.authorization ? options.authorization.apiKey : options.authorization.authToken}`;
    this.#sdk = new Anthropic({
      ...options.authorization,
      baseURL: options.baseUrl,
      fetch: this.#transport.fetch,
      maxRetries: 0,
      timeout: NEVER,
      logLevel: 'off',
      openTelemetry: false,
    });
  }

  /** A whole answer. */
  complete(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<ClaudeMessage>> {
    return withRetries(() => this.#complete(request, signal), { maxRetries: this.#options.maxRetries, signal });
  }

  /**
   * A stream that has begun: the first content event is there, so what failed before it has been tried again.
   * Each batch holds what arrived together. The iterator throws a `TrestleError` when the stream breaks.
   */
  stream(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<AsyncGenerator<ClaudeEvent[]>>> {
    return withRetries(() => this.#stream(request, signal), { maxRetries: this.#options.maxRetries, signal });
  }

  /** Every model that Claude lists. */
  models(signal: AbortSignal): Promise<ModelInfo[]> {
    const attempt = async (): Promise<ModelInfo[]> => {
      const found: ModelInfo[] = [];
      for await (const model of this.#sdk.models.list(
        { limit: 1000 },
        { signal, headers: this.#headers('2026-10-21') },
      ))
        found.push(model);
      return found;
    };
    return withRetries(attempt, { maxRetries: this.#options.maxRetries, signal });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #complete(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<ClaudeMessage>> {
    const call = new Call(signal);
    try {
      call.watchdog.start(this.#options.upstreamTimeoutMs);
      const response = await this.#post(request, false, call.signal);
      const text = await readText(response.body as unknown as UpstreamBody);
      return { answer: parseMessage(text), headers: headersOf(response.headers) };
    } catch (thrown) {
      throw call.timedOut ?? toFailure(thrown);
    } finally {
      call.dispose();
    }
  }

  async #stream(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<AsyncGenerator<ClaudeEvent[]>>> {
    const call = new Call(signal);
    try {
      call.watchdog.start(this.#options.upstreamTimeoutMs);
      const response = await this.#post(request, true, call.signal);
      const events = watched(readEvents(response.body as unknown as UpstreamBody), call, this.#options.idleTimeoutMs);
      const first = await readUntilContent(events);
      return { answer: resumed(first, events), headers: headersOf(response.headers) };
    } catch (thrown) {
      call.dispose();
      throw call.timedOut ?? toFailure(thrown);
    }
  }

  /** `post` in place of `messages.create`: that one parses what we read leaner, and prints warnings to the console. */
  #post(request: ClaudeRequest, stream: boolean, signal: AbortSignal): Promise<Response> {
    const body = stream ? { ...request.body, stream } : request.body;
    return this.#sdk.post('/v1/messages', { body, signal, headers: this.#headers(request.version) }).asResponse();
  }

  /** Stated for each request, so that no environment variable of the SDK's can replace them. */
  #headers(version: AnthropicVersion): Record<string, string> {
    return { authorization: this.#authorization, 'anthropic-version': version };
  }
}

/** One attempt: ends when the caller leaves, and when Claude is silent for too long. */
class Call {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #leave = (): void => this.#controller.abort();
  readonly watchdog: Watchdog;
  timedOut: ReturnType<typeof silentTooLong> | undefined;

  constructor(caller: AbortSignal) {
    this.#caller = caller;
    if (caller.aborted) this.#leave();
    else caller.addEventListener('abort', this.#leave, { once: true });
    this.watchdog = new Watchdog((milliseconds) => {
      this.timedOut = silentTooLong(milliseconds);
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    this.watchdog.dispose();
    this.#caller.removeEventListener('abort', this.#leave);
    this.#controller.abort();
  }
}

/** Watches the silence between reads, turns `error` events into failures, and ends the call with the stream. */
async function* watched(
  batches: AsyncGenerator<ClaudeEvent[]>,
  call: Call,
  idleTimeoutMs: number,
): AsyncGenerator<ClaudeEvent[]> {
  try {
    for (;;) {
      const { done, value } = await batches.next();
      call.watchdog.stop();
      if (done) return;
      const error = value.find((event) => event.type === 'error');
      if (error !== undefined) {
        const before = value.slice(0, value.indexOf(error));
        if (before.length > 0) yield before;
        throw fromErrorEvent(error);
      }
      yield value;
      call.watchdog.start(idleTimeoutMs);
    }
  } catch (thrown) {
    if (call.timedOut !== undefined) throw call.timedOut;
    throw thrown instanceof SyntaxError ? unreadable(thrown) : toFailure(thrown);
  } finally {
    call.dispose();
  }
}

/** Events that come before Claude has begun to answer. */
const PRELUDE: ReadonlySet<string> = new Set(['message_start', 'ping']);

async function readUntilContent(events: AsyncGenerator<ClaudeEvent[]>): Promise<ClaudeEvent[]> {
  const first: ClaudeEvent[] = [];
  while (!first.some((event) => !PRELUDE.has(event.type))) {
    const { done, value } = await events.next();
    if (done) throw brokenConnection(new Error('the stream ended before its first content event'));
    first.push(...value);
  }
  return first;
}

/** From here on a failure is final, so it is thrown as the caller's error. */
async function* resumed(first: ClaudeEvent[], events: AsyncGenerator<ClaudeEvent[]>): AsyncGenerator<ClaudeEvent[]> {
  try {
    yield first;
    yield* events;
  } catch (thrown) {
    throw toFailure(thrown).error;
  } finally {
    await events.return(undefined);
  }
}

function parseMessage(text: string): ClaudeMessage {
  let answer: Partial<ClaudeMessage> | null;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (!Array.isArray(answer?.content) || typeof answer.model !== 'string') throw unreadable(new Error('not a message'));
  return { stop_reason: null, usage: {}, ...answer } as ClaudeMessage;
}
