import type { IncomingMessage } from 'node:http';
import { type Caller, invalidApiKey } from '../calls/authenticate.ts';
import type { CallRecord, Repeat } from '../calls/call.ts';
import type { TrestleError } from '../../shared/error.ts';
import type { Answers, Generations } from '../answers/answer-store.ts';
import type { ChatDependencies } from '../chat/prepare.ts';
import type { Config } from '../config.ts';
import type { Requests } from '../answers/idempotency.ts';
import type { Lifecycle } from '../calls/running-calls.ts';
import type { RequestLog } from '../telemetry/request-log.ts';
import type { Cancellation, CancelSignal } from '../calls/cancellation.ts';

/** What every call may use; made once, in app.ts. */
export interface Services extends ChatDependencies {
  /** Streamed answers of this process. */
  generations: Generations;
  /** Streamed answers wherever they are. */
  answers: Answers;
  repeats: Requests;
  config: Config;
  /** Claude is simulated. */
  demo: boolean;
  lifecycle: Lifecycle;
  log: RequestLog;
}

/** A WebSocket's side of a call. */
export interface SocketScope {
  /** Calls that run on this socket. */
  calls: number;
  /** Whether so much waits for the reader that Claude is to wait too. */
  readonly full: boolean;
  /** Resolves when the socket's buffer has room, or the call that waits for it has ended. */
  writable(ended: CancelSignal): Promise<void>;
}

/** What a procedure knows of the call it serves. Over WebSocket it is made once per socket. */
export interface Context {
  services: Services;
  requestId: string;
  /** Null: no valid key, answered with 401 by every procedure. */
  caller: Caller | null;
  /** Whether the caller presented a key at all. */
  presented: boolean;
  /** Aborts when the HTTP request or the socket is gone. A `Cancellation` where the context serves one call alone. */
  signal: CancelSignal;
  strict: boolean;
  /** Null outside WebSocket. */
  socket: SocketScope | null;
  /** Whether the caller can come back to a stream at all: one over plain REST can, if it named its request. */
  resumable: boolean;
  /** Whether a caller that is gone stopped on purpose; over HTTP that looks like a lost connection. */
  stoppedOnPurpose(): boolean;
  /** The `Idempotency-Key` of the request. */
  idempotencyKey: string | undefined;
  /** Identifies a whole request without such a key, whose client counts its tries. */
  repeat?: Repeat | undefined;
  /** Told of a stream that broke after its first chunk: over HTTP its status says otherwise. */
  broke(failure: TrestleError): void;
  /** Gets the record of each call made in this context. */
  records: CallRecord[];
}

/** State of one HTTP request, kept on the request that tRPC and the REST facade hand around. */
export interface RequestState {
  requestId: string;
  /** `performance.now()` when the headers were read. */
  startedAt: number;
  records: CallRecord[];
  caller: Caller | null;
  presented: boolean;
  /** Why the body could not be read, where a door tells its caller later. */
  unreadable?: Error | undefined;
  /** What went wrong, for the log. */
  failure?: TrestleError;
  /** Of the call that is made for it: aborts when the connection closes before the answer is complete. */
  cancellation?: Cancellation;
}

const STATE = Symbol('trestle.request');

export function attachState(request: IncomingMessage, state: RequestState): void {
  Object.defineProperty(request, STATE, { value: state });
}

/** Undefined only for a request that was too broken to be routed. */
export function stateOf(request: IncomingMessage): RequestState | undefined {
  return (request as IncomingMessage & { [STATE]?: RequestState })[STATE];
}

/** Why this request may not call anything, if it has no valid key. */
export function refusalOf(request: IncomingMessage): TrestleError | undefined {
  const { caller, presented } = stateOf(request)!;
  return caller === null ? invalidApiKey(presented) : undefined;
}

/** The context of an HTTP request. Never throws: a missing key is the procedure's to refuse. */
export function createHttpContext(
  services: Services,
  request: IncomingMessage,
  signal: CancelSignal,
  resumable: boolean,
): Context {
  const state = stateOf(request)!;
  const { requestId, records, caller, presented } = state;
  const idempotencyKey = request.headers['idempotency-key'];
  return {
    services,
    requestId,
    records,
    caller,
    presented,
    signal,
    strict: isStrict(services.config, request),
    socket: null,
    idempotencyKey: typeof idempotencyKey === 'string' && idempotencyKey !== '' ? idempotencyKey : undefined,
    resumable,
    stoppedOnPurpose: () => false,
    broke: (failure) => {
      state.failure = failure;
    },
  };
}

function isStrict(config: Config, request: IncomingMessage): boolean {
  return config.strict || /^(true|1)$/i.test(String(request.headers['x-trestle-strict'] ?? ''));
}
