import type Anthropic from '@anthropic-ai/sdk';
import type { ClaudeEvent, ClaudeMessage } from '../claude/messages-api.ts';
import { isClaudeMessage } from '../claude/answer/claude-shape.ts';
import { keepInputs } from '../claude/answer/raw-inputs.ts';
import { serialize } from './serialize.ts';
import type { AnthropicVersion, ClaudeRequest } from '../claude/messages-api.ts';
import { Attempt } from './attempt.ts';
import type { CancelSignal } from '../calls/cancellation.ts';
import { fromErrorAnswer, toFailure, unreadable } from './failure.ts';
import { readEvents } from './read-events.ts';
import { withRetries } from './retry.ts';
import { LongText, PIECE_BYTES } from './long-text.ts';
import { Transport, type UpstreamRequest } from './transport.ts';
import { readUntilContent, resumeEvents, watchEvents } from './watch-events.ts';

export interface ClaudeClientOptions {
  baseUrl: string;
  authorization: { apiKey: string } | { authToken: string };
  /** Until the first byte of a stream, or the whole of a JSON answer. */
  upstreamTimeoutMs: number;
  /** Longest silence inside a stream. */
  idleTimeoutMs: number;
  maxRetries: number;
  /** Counted up for each request. */
  counts: UpstreamCounts;
}

/** Requests to Claude, and how many of them were retries. */
export interface UpstreamCounts {
  requests: number;
  retries: number;
}

/** What came with an answer: Claude's response headers in lower case. */
export interface Answered<T> {
  answer: T;
  headers: Record<string, string>;
}

export type ModelInfo = Anthropic.ModelInfo;

/** A stream's events, in batches of what arrived together. */
export type ClaudeEvents = AsyncGenerator<ClaudeEvent[]>;

const LATEST: AnthropicVersion = '2026-10-21';

/** Claude's API: whole answers, streams of events, and models. All failures are public `TrestleError`s. */
export class ClaudeClient {
  readonly #options: ClaudeClientOptions;
  readonly #transport: Transport;
  readonly #authorization: string;

  constructor(options: ClaudeClientOptions) {
    this.#options = options;
    const { authorization, baseUrl } = options;
    this.#authorization = `Bearer ${'apiKey' in authorization ? authorization.apiKey : authorization.authToken}`;
    this.#transport = new Transport(baseUrl);
  }

  /** A whole answer. */
  complete(request: ClaudeRequest, signal: CancelSignal): Promise<Answered<ClaudeMessage>> {
    return this.#json('/v1/messages', request, signal, toMessage);
  }

  /**
   * A stream that has begun: the first content event is there, so what failed before it has been tried again.
   * Each batch holds what arrived together. The iterator throws a `TrestleError` when the stream breaks.
   */
  stream({ version, body, json }: ClaudeRequest, signal: CancelSignal): Promise<Answered<ClaudeEvents>> {
    const outgoing = this.#outgoing('/v1/messages', { version, body: { ...body, stream: true }, json });
    return this.#withRetries(() => this.#stream(outgoing, signal), signal);
  }

  /** The prompt tokens of a request. */
  countTokens(body: Anthropic.MessageCountTokensParams, signal: CancelSignal): Promise<Answered<number>> {
    return this.#json('/v1/messages/count_tokens', { version: LATEST, body }, signal, toCount);
  }

  /** Every model that Claude lists. */
  async models(signal: CancelSignal): Promise<ModelInfo[]> {
    const found: ModelInfo[] = [];
    let after = '';
    for (;;) {
      const { answer } = await this.#json(`/v1/models?limit=1000${after}`, null, signal, toModelPage);
      const { data, has_more: more, last_id: last } = answer;
      found.push(...data);
      if (!more || !last) return found;
      after = `&after_id=${encodeURIComponent(last)}`;
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #json<T>(
    path: string,
    request: Outgoing | null,
    signal: CancelSignal,
    read: (answer: unknown, json: string) => T,
  ): Promise<Answered<T>> {
    const outgoing = this.#outgoing(path, request);
    const once = async (): Promise<Answered<T>> => {
      const attempt = new Attempt(signal);
      try {
        attempt.watchdog.start(this.#options.upstreamTimeoutMs);
        this.#options.counts.requests += 1;
        const { status, headers, text } = await this.#transport.whole(outgoing, attempt);
        attempt.finished = true;
        if (!isSuccess(status)) throw fromErrorAnswer({ status, headers }, text);
        return { answer: read(parseJson(text), text), headers };
      } catch (thrown) {
        throw attempt.timedOut ?? toFailure(thrown);
      } finally {
        attempt.dispose();
      }
    };
    return this.#withRetries(once, signal);
  }

  #withRetries<T>(attempt: () => Promise<T>, signal: CancelSignal): Promise<T> {
    const { maxRetries, counts } = this.#options;
    return withRetries(attempt, { maxRetries, signal, onRetry: () => (counts.retries += 1) });
  }

  async #stream(outgoing: UpstreamRequest, signal: CancelSignal): Promise<Answered<ClaudeEvents>> {
    const attempt = new Attempt(signal);
    try {
      attempt.watchdog.start(this.#options.upstreamTimeoutMs);
      this.#options.counts.requests += 1;
      const response = await this.#transport.stream(outgoing, attempt);
      if (!isSuccess(response.status)) throw fromErrorAnswer(response, await response.body.text());
      const events = watchEvents(readEvents(response.body), attempt, this.#options.idleTimeoutMs);
      const first = await readUntilContent(events);
      if (outgoing.body instanceof LongText) outgoing.body.release();
      return { answer: resumeEvents(first, events), headers: response.headers };
    } catch (thrown) {
      attempt.dispose();
      throw attempt.timedOut ?? toFailure(thrown);
    }
  }

  /** Written once, and sent by every attempt. */
  #outgoing(path: string, request: Outgoing | null): UpstreamRequest {
    const headers: Record<string, string> = {
      accept: 'application/json',
      'anthropic-version': request?.version ?? LATEST,
      authorization: this.#authorization,
      'content-type': 'application/json',
      'user-agent': 'trestle',
    };
    if (request === null) return { method: 'GET', path, headers, body: null };
    const body = toBody(request.json ?? serialize(request.body));
    headers['content-length'] = String(body.byteLength);
    return { method: 'POST', path, headers, body };
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** A body to send, and the version under which. */
interface Outgoing {
  version: AnthropicVersion;
  body: object;
  json?: string | undefined;
}

interface ModelPage {
  data: ModelInfo[];
  has_more: boolean;
  last_id: string | null;
}

const encoder = new TextEncoder();

/** Short texts go to Node's pool; a longer one is not searched for its length first. */
function toBody(text: string): Uint8Array | LongText {
  if (text.length < Buffer.poolSize / 2) return Buffer.from(text);
  return text.length < PIECE_BYTES ? encoder.encode(text) : new LongText(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function toMessage(value: unknown, json: string): ClaudeMessage {
  if (!isClaudeMessage(value)) throw unreadable(new Error('not a message'));
  value.stop_reason ??= null;
  value.usage ??= {};
  keepInputs(value, json);
  return value;
}

function toCount(value: unknown): number {
  const count = (value as { input_tokens?: unknown } | null)?.input_tokens;
  if (typeof count !== 'number') throw unreadable(new Error('not a token count'));
  return count;
}

function toModelPage(value: unknown): ModelPage {
  const page = value as Partial<ModelPage> | null;
  if (!Array.isArray(page?.data)) throw unreadable(new Error('not a list of models'));
  return { data: page.data, has_more: page.has_more ?? false, last_id: page.last_id ?? null };
}
