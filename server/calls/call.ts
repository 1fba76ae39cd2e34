import type { Usage } from '../../shared/chat-completion.ts';
import type { Notice } from '../../shared/notice.ts';
import type { Access } from './caller.ts';
import type { CancelSignal } from './cancellation.ts';

/**
 * What one call has come to, filled by the verb as it goes: the doors render headers from it,
 * and the log writes its line from it. It never holds content.
 */
export interface CallRecord {
  /** `performance.now()` at the call's start. */
  readonly startedAt: number;
  /** The model that answers, or the one asked for until Claude tells. */
  model?: string;
  notices: Notice[];
  /** Claude's response headers, in lower case. */
  upstreamHeaders: Record<string, string>;
  usage?: Usage;
  /** Milliseconds from the start to Claude's first content. */
  firstByteMs?: number;
  /** The limits of ours that are nearest, once the call was let in. */
  limits?: readonly LimitState[];
}

/** How much of a limit is left. */
export interface LimitState {
  of: 'requests' | 'tokens';
  limit: number;
  remaining: number;
}

export function createCallRecord(): CallRecord {
  return { startedAt: performance.now(), notices: [], upstreamHeaders: {} };
}

/** What a verb is told of its caller. */
export interface Call {
  /** Aborts when the caller leaves. */
  signal: CancelSignal;
  /** Refuse what would be ignored, clamped or substituted. */
  strict: boolean;
  /** Whose call it is: what is kept for one owner is never given to another. */
  owner: string;
  /** What its caller may, and on whose account. */
  access: Access;
  record: CallRecord;
  /** Names the connection on which responses can be gone on from although they are not stored. */
  connection?: string | undefined;
  /** The caller's name for the request: sent again under it, the request is answered once. */
  idempotencyKey?: string | undefined;
  /** Digest of a request without a name that may be sent again unchanged. */
  digest?: string | undefined;
  /** Set for a whole request without a name whose client says when it tries again. */
  repeat?: Repeat | undefined;
}

export interface Repeat {
  /** What is asked for, in short. */
  digest: string;
  /** The client has asked before, and got no answer. */
  isRetry: boolean;
}
