import type Anthropic from '@anthropic-ai/sdk';
import type { CancelSignal } from '../calls/cancellation.ts';
import type { AnthropicVersion, ClaudeEvent, ClaudeMessage } from '../claude/messages-api.ts';

/**
 * Claude as the verbs use it, whatever way leads there. All failures are public `TrestleError`s; what may pass was tried
 * again before.
 */
export interface Claude {
  /** A whole answer. */
  complete(request: WrittenRequest, signal: CancelSignal): Promise<Answered<ClaudeMessage>>;
  /**
   * A stream that has begun: the first content event is there, so what failed before it has been tried again. The
   * iterator throws a `TrestleError` when the stream breaks.
   */
  stream(request: WrittenRequest, signal: CancelSignal): Promise<Answered<ClaudeEvents>>;
  /** The prompt tokens of a request. */
  countTokens(request: WrittenRequest, signal: CancelSignal): Promise<Answered<number>>;
  /** A whole answer to a request that is passed through, as Claude wrote it. */
  forward(request: ForwardedRequest, signal: CancelSignal): Promise<Answered<ForwardedAnswer>>;
  /** The same as a stream that has begun; see {@link stream}. */
  forwardStream(request: ForwardedRequest, signal: CancelSignal): Promise<Answered<RawEvents>>;
  /**
   * The same as the bytes that come, whatever they are. The iterator has to be read, to its end or not; it throws a
   * `TrestleError` when the answer breaks.
   */
  forwardBytes(request: ForwardedRequest, signal: CancelSignal): Promise<Answered<AsyncGenerator<Buffer>>>;
  /** Every model that Claude lists. */
  models(signal: CancelSignal): Promise<ModelInfo[]>;
  /** Ends whatever still runs, and closes all connections. */
  close(): Promise<void>;
}

/** A request as it is sent by every attempt. */
export interface WrittenRequest {
  version: AnthropicVersion;
  /**
   * JSON; of a stream with `"stream":true` in it. In UTF-8, which lies outside of the heap that is copied while Claude is
   * waited for; or as a text that is too long to have its bytes in memory at once.
   */
  json: Uint8Array | string;
}

/** A request that a caller wrote for Claude, and that is passed on as it is. */
export interface ForwardedRequest {
  /** `post` where there is none. */
  method?: 'get' | 'post' | 'delete';
  /** With its query. */
  path: string;
  /** The body, where there is one. */
  json?: string;
  /** Claude would do it twice when it is asked twice. So it is tried again only where Claude has certainly not begun. */
  once?: boolean;
  /** The caller's own, such as `anthropic-version`; none of them says who calls. */
  headers: Readonly<Record<string, string>>;
}

/** A whole answer to such a request. */
export interface ForwardedAnswer {
  /** As Claude wrote it. */
  text: string;
  /** The same, parsed; nothing of it was checked. */
  body: unknown;
}

/** The events of a stream as their texts, each with the empty line behind it, in batches of what arrived together. */
export type RawEvents = AsyncGenerator<string[]>;

/** What came with an answer: Claude's response headers in lower case. */
export interface Answered<T> {
  answer: T;
  headers: Record<string, string>;
}

/** A stream's events, in batches of what arrived together. */
export type ClaudeEvents = AsyncGenerator<ClaudeEvent[]>;

export type ModelInfo = Anthropic.ModelInfo;

/** Requests to Claude, and how many of them were retries. */
export interface UpstreamCounts {
  requests: number;
  retries: number;
}
