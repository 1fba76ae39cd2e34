import type { ChatStreamOptions } from './chat-stream.ts';

/** How streams come. */
export type StreamTransportName = 'auto' | 'websocket' | 'http';

export interface CallOptions {
  /** Ends the call, and Claude's work on it; the call then throws the signal's reason, as `fetch` does. */
  signal?: AbortSignal | undefined;
}

/** Fields beside those of the contract, which go into the body of a request over those of the same name. */
export interface ExtraFields {
  /** What the server does not know either, it names in a notice. */
  extra?: Readonly<Record<string, unknown>> | undefined;
}

export interface CompleteOptions extends CallOptions, ExtraFields {}

export interface StreamOptions extends ChatStreamOptions, ExtraFields {
  /** Names the request: the same name and request, later, joins the answer or gets it again. @default a random one */
  idempotencyKey?: string | undefined;
}
