import Anthropic from '@anthropic-ai/sdk';
import type { ClaudeEvent, ClaudeMessage } from '../claude/claude-event.ts';
import { serialize } from '../claude/serialize.ts';
import type { AnthropicVersion, ClaudeRequest } from '../claude/to-claude-request.ts';
import { Attempt } from './attempt.ts';
import type { UpstreamBody } from './body.ts';
import { headersOf, toFailure, unreadable } from './failure.ts';
import { readEvents } from './read-events.ts';
import { withRetries } from './retry.ts';
import { createTransport, readText } from './transport.ts';
import { readUntilContent, resumeEvents, watchEvents } from './watch-events.ts';

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
  async complete(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<ClaudeMessage>> {
    const { answer, headers } = await this.#json('/v1/messages', request, signal);
    return { answer: toMessage(answer), headers };
  }

  /**
   * A stream that has begun: the first content event is there, so what failed before it has been tried again.
   * Each batch holds what arrived together. The iterator throws a `TrestleError` when the stream breaks.
   */
  stream(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<AsyncGenerator<ClaudeEvent[]>>> {
    return withRetries(() => this.#stream(request, signal), { maxRetries: this.#options.maxRetries, signal });
  }

  /** The prompt tokens of a request. */
  async countTokens(body: Anthropic.MessageCountTokensParams, signal: AbortSignal): Promise<Answered<number>> {
    const { answer, headers } = await this.#json('/v1/messages/count_tokens', { version: '2026-10-21', body }, signal);
    const count = (answer as { input_tokens?: unknown } | null)?.input_tokens;
    if (typeof count !== 'number') throw unreadable(new Error('not a token count')).error;
    return { answer: count, headers };
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

  #json(path: string, request: Outgoing, signal: AbortSignal): Promise<Answered<unknown>> {
    const once = async (): Promise<Answered<unknown>> => {
      const attempt = new Attempt(signal);
      try {
        attempt.watchdog.start(this.#options.upstreamTimeoutMs);
        const response = await this.#post(path, request, attempt.signal);
        const text = await readText(bodyOf(response));
        attempt.finished = true;
        return { answer: parseJson(text), headers: headersOf(response.headers) };
      } catch (thrown) {
        throw attempt.timedOut ?? toFailure(thrown);
      } finally {
        attempt.dispose();
      }
    };
    return withRetries(once, { maxRetries: this.#options.maxRetries, signal });
  }

  async #stream(request: ClaudeRequest, signal: AbortSignal): Promise<Answered<AsyncGenerator<ClaudeEvent[]>>> {
    const attempt = new Attempt(signal);
    try {
      attempt.watchdog.start(this.#options.upstreamTimeoutMs);
      const { version, body } = request;
      const response = await this.#post('/v1/messages', { version, body: { ...body, stream: true } }, attempt.signal);
      const events = watchEvents(readEvents(bodyOf(response)), attempt, this.#options.idleTimeoutMs);
      const first = await readUntilContent(events);
      return { answer: resumeEvents(first, events), headers: headersOf(response.headers) };
    } catch (thrown) {
      attempt.dispose();
      throw attempt.timedOut ?? toFailure(thrown);
    }
  }

  /** `post` in place of `messages.create`: that one parses what we read leaner, and prints warnings to the console. */
  #post(path: string, { version, body }: Outgoing, signal: AbortSignal): Promise<Response> {
    // With its content type stated, the SDK sends a string as it is.
    const headers = { 'content-type': 'application/json', ...this.#headers(version) };
    return this.#sdk.post(path, { body: serialize(body), signal, headers }).asResponse();
  }

  /** Stated for each request, so that no environment variable of the SDK's can replace them. */
  #headers(version: AnthropicVersion): Record<string, string | null> {
    return {
      accept: 'application/json',
      'anthropic-beta': null,
      'anthropic-version': version,
      authorization: this.#authorization,
      'user-agent': 'trestle',
      'x-api-key': null,
    };
  }
}

/** A body to send, and the version under which. */
interface Outgoing {
  version: AnthropicVersion;
  body: object;
}

/** Sound because every response comes from our own transport. */
function bodyOf(response: Response): UpstreamBody {
  return response.body as unknown as UpstreamBody;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function toMessage(value: unknown): ClaudeMessage {
  const answer = value as Partial<ClaudeMessage> | null;
  if (!Array.isArray(answer?.content) || typeof answer.model !== 'string')
    throw unreadable(new Error('not a message')).error;
  return { stop_reason: null, usage: {}, ...answer } as ClaudeMessage;
}
