import type { ChatCancelRequest } from '../../shared/chat-request.ts';
import type { ErrorObject } from '../../shared/error-response.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Leaving } from '../answers/answer-store.ts';
import type { StreamAsked } from '../answers/idempotency.ts';
import type { Call, CallRecord } from '../calls/call.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import type { KeptThinking } from '../chat/thinking-memory.ts';
import type { Snapshot } from '../telemetry/snapshot.ts';

/** Whose request it is, for the worker that has its answer. */
export type RemoteCall = Pick<Call, 'owner' | 'access' | 'strict' | 'idempotencyKey'>;

/** What one worker asks of another. */
export type PeerRequest =
  | { ask: 'read'; format: string; owner: string; lastEventId: string }
  | { ask: 'readNamed'; format: string; owner: string; idempotencyKey: string }
  | { ask: 'stream'; verb: string; call: RemoteCall; asked: StreamAsked }
  | { ask: 'complete'; verb: string; call: RemoteCall; request: object }
  | { ask: 'cancel'; call: Pick<RemoteCall, 'owner'>; request: ChatCancelRequest }
  | { ask: 'keep'; kept: KeptThinking }
  | { ask: 'memory' }
  | { ask: 'metrics' };

/** What comes back; an `error` in place of anything. */
export interface PeerAnswers {
  /** To `read` and `stream`: then come items, then `end`. */
  found: { found: { id: string; from: number; record: WireRecord } };
  item: { number: number; item: unknown; record?: WireRecord };
  end: { end: true; record: WireRecord };
  /** To `stream` and `complete`: there is no such key here, any more or yet. */
  unknown: { unknown: true };
  /** To `complete`: the answer follows. */
  accepted: { accepted: true };
  whole: { whole: unknown; record: WireRecord };
  cancelled: { cancelled: boolean };
  /** To `memory`: one for each, then the connection ends. */
  kept: { kept: KeptThinking };
  metrics: { metrics: Snapshot };
  done: { done: true };
  error: { error: WireError; record?: WireRecord };
}
export type PeerAnswer = PeerAnswers[keyof PeerAnswers];

/** The reader's last word. Without one it was lost with its process. */
export interface LastWord {
  leaving: Leaving;
}

/** What a record tells another worker: clocks of two processes do not compare. */
export type WireRecord = Omit<CallRecord, 'startedAt'>;

interface WireError {
  status: number;
  body: ErrorObject;
  retryAfter: number | undefined;
  headers: Record<string, string> | undefined;
  upstream: TrestleError['upstream'];
}

export function toWireRecord(record: CallRecord): WireRecord {
  const { startedAt: _, ...rest } = record;
  return rest;
}

/** A failure as another worker may show it: without its cause, which is of no use there. */
export function toWireError(thrown: unknown): WireError {
  const error = toTrestleError(thrown);
  return {
    status: error.status,
    body: error.toObject(),
    retryAfter: error.retryAfter,
    headers: error.headers,
    upstream: error.upstream,
  };
}

export function fromWireError({ status, body, retryAfter, headers, upstream }: WireError): TrestleError {
  const error = TrestleError.fromWire(status, body, undefined, retryAfter);
  error.headers = headers;
  error.upstream = upstream;
  return error;
}
