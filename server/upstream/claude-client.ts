import type { CancelSignal } from '../calls/cancellation.ts';
import type { AnthropicVersion, ClaudeEvent, ClaudeMessage } from '../claude/messages-api.ts';
import { Attempt } from './attempt.ts';
import type { UpstreamBody } from './body.ts';
import type {
  Answered,
  Claude,
  ClaudeEvents,
  ForwardedAnswer,
  ForwardedRequest,
  ModelInfo,
  RawEvents,
  UpstreamCounts,
  WrittenRequest,
} from './claude.ts';
import { fromErrorAnswer, fromErrorEvent, toFailure, unreadable } from './failure.ts';
import { errorEventOf, typeOfRaw } from './raw-event.ts';
import { readEvents } from './read-events.ts';
import { readRawEvents } from './read-raw-events.ts';
import { withRetries } from './retry.ts';
import { SdkClient, type SdkRequest } from './sdk-client.ts';
import { writeText } from './serialize.ts';
import { toMessage } from './to-message.ts';
import { Transport } from './transport.ts';
import { watchBytes } from './watch-bytes.ts';
import { type EventReading, readUntilContent, resumeEvents, watchEvents } from './watch-events.ts';

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

const LATEST: AnthropicVersion = '2026-10-21';

/** Claude's API at one address, with its SDK to make the requests and our transport to send them. */
export class ClaudeClient implements Claude {
  readonly #options: ClaudeClientOptions;
  readonly #transport: Transport;
  readonly #sdk: SdkClient;

  constructor(options: ClaudeClientOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.baseUrl);
    this.#transport = new Transport(origin);
    this.#sdk = new SdkClient({
      baseUrl: origin + pathname.replace(/\/+$/, ''),
      authorization: options.authorization,
    });
  }

  complete(request: WrittenRequest, signal: CancelSignal): Promise<Answered<ClaudeMessage>> {
    return this.#whole({ method: 'post', path: '/v1/messages', ...request }, signal, toMessage);
  }

  stream(request: WrittenRequest, signal: CancelSignal): Promise<Answered<ClaudeEvents>> {
    const outgoing: SdkRequest = { method: 'post', path: '/v1/messages', ...request };
    return this.#begin(outgoing, signal, (body, attempt) => this.#read(CLAUDE_EVENTS, body, attempt));
  }

  countTokens(request: WrittenRequest, signal: CancelSignal): Promise<Answered<number>> {
    return this.#whole({ method: 'post', path: '/v1/messages/count_tokens', ...request }, signal, toCount);
  }

  forward(request: ForwardedRequest, signal: CancelSignal): Promise<Answered<ForwardedAnswer>> {
    return this.#whole(toSdkRequest(request), signal, (body, text) => ({ text, body }), request.once);
  }

  forwardStream(request: ForwardedRequest, signal: CancelSignal): Promise<Answered<RawEvents>> {
    return this.#begin(toSdkRequest(request), signal, (body, attempt) => this.#read(RAW_EVENTS, body, attempt));
  }

  forwardBytes(request: ForwardedRequest, signal: CancelSignal): Promise<Answered<AsyncGenerator<Buffer>>> {
    const { idleTimeoutMs } = this.#options;
    return this.#begin(toSdkRequest(request), signal, (body, attempt) => watchBytes(body, attempt, idleTimeoutMs));
  }

  async models(signal: CancelSignal): Promise<ModelInfo[]> {
    const found: ModelInfo[] = [];
    let after = '';
    for (;;) {
      const page: SdkRequest = {
        method: 'get',
        path: `/v1/models?limit=1000${after}`,
        version: LATEST,
        json: undefined,
      };
      const { answer } = await this.#whole(page, signal, toModelPage);
      const { data, has_more: more, last_id: last } = answer;
      found.push(...data);
      if (!more || !last) return found;
      after = `&after_id=${encodeURIComponent(last)}`;
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #whole<T>(
    request: SdkRequest,
    signal: CancelSignal,
    read: (answer: unknown, json: string) => T,
    isOnce?: boolean,
  ): Promise<Answered<T>> {
    const once = async (): Promise<Answered<T>> => {
      const attempt = new Attempt(signal);
      try {
        attempt.watchdog.start(this.#options.upstreamTimeoutMs);
        this.#options.counts.requests += 1;
        const { status, headers, text } = await this.#sdk.sendBy(
          (outgoing) => this.#transport.whole(outgoing, attempt),
          request,
        );
        attempt.finished = true;
        if (!isSuccess(status)) throw fromErrorAnswer({ status, headers }, text);
        return { answer: read(parseJson(text), text), headers };
      } catch (thrown) {
        throw attempt.timedOut ?? toFailure(thrown);
      } finally {
        attempt.dispose();
      }
    };
    return this.#withRetries(once, signal, isOnce);
  }

  #withRetries<T>(attempt: () => Promise<T>, signal: CancelSignal, once?: boolean): Promise<T> {
    const { maxRetries, counts } = this.#options;
    return withRetries(attempt, { maxRetries, signal, once, onRetry: () => (counts.retries += 1) });
  }

  /** An answer that has begun, as `begin` makes it of the body; what fails until then is tried again. */
  #begin<T>(
    request: SdkRequest,
    signal: CancelSignal,
    begin: (body: UpstreamBody, attempt: Attempt) => T | Promise<T>,
  ): Promise<Answered<T>> {
    const once = async (): Promise<Answered<T>> => {
      const attempt = new Attempt(signal);
      try {
        attempt.watchdog.start(this.#options.upstreamTimeoutMs);
        this.#options.counts.requests += 1;
        const response = await this.#sdk.sendBy((outgoing) => this.#transport.stream(outgoing, attempt), request);
        if (!isSuccess(response.status)) throw fromErrorAnswer(response, await response.body.text());
        return { answer: await begin(response.body, attempt), headers: response.headers };
      } catch (thrown) {
        attempt.dispose();
        throw attempt.timedOut ?? toFailure(thrown);
      }
    };
    return this.#withRetries(once, signal);
  }

  async #read<Event>(
    reading: EventReading<Event>,
    body: UpstreamBody,
    attempt: Attempt,
  ): Promise<AsyncGenerator<Event[]>> {
    const events = watchEvents(reading, body, attempt, this.#options.idleTimeoutMs);
    return resumeEvents(await readUntilContent(reading, events), events);
  }
}

const CLAUDE_EVENTS: EventReading<ClaudeEvent> = {
  read: readEvents,
  typeOf: ({ type }) => type,
  failureOf: fromErrorEvent,
};

const RAW_EVENTS: EventReading<string> = {
  read: readRawEvents,
  typeOf: typeOfRaw,
  failureOf: (raw) => fromErrorEvent(errorEventOf(raw)),
  passesErrors: true,
};

function toSdkRequest({ method = 'post', path, json, headers }: ForwardedRequest): SdkRequest {
  return { method, path, version: headers, json: json === undefined ? undefined : writeText(json) };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

interface ModelPage {
  data: ModelInfo[];
  has_more: boolean;
  last_id: string | null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
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
