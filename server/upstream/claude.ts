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
