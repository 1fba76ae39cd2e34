import type { IncomingMessage } from 'node:http';
import type { TrestleError } from '../../shared/error.ts';
import type { Admission } from '../calls/admit.ts';
import type { CallRecord, Repeat } from '../calls/call.ts';
import type { CancelSignal } from '../calls/cancellation.ts';
import type { Config } from '../config.ts';
import { stateOf } from '../http/request-state.ts';
import type { Services } from '../services.ts';

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
  /** Whether the caller may call; every procedure refuses one who may not. */
  admission: Admission;
  /** Aborts when the HTTP request or the socket is gone. A `Cancellation` where the context serves one call alone. */
  signal: CancelSignal;
  strict: boolean;
  /** Null outside WebSocket. */
  socket: SocketScope | null;
  /** Whether the caller can come back to a stream at all: one over plain REST can, if it named its request. */
  resumable: boolean;
  /** Whether a caller that is gone stopped on purpose; over HTTP that looks like a lost connection. */
  stoppedOnPurpose(): boolean;
  /** Names a connection on which responses can be gone on from although they are not stored. */
  connection?: string | undefined;
  /** The `Idempotency-Key` of the request. */
  idempotencyKey: string | undefined;
  /** Identifies a whole request without such a key, whose client counts its tries. */
  repeat?: Repeat | undefined;
  /** Receives the failure of a stream that broke after its first chunk: over HTTP its status says otherwise. */
  broke(failure: TrestleError): void;
  /** Gets the record of each call made in this context. */
  records: CallRecord[];
}

/** The context of an HTTP request. Never throws: a missing key is the procedure's to refuse. */
export function createHttpContext(
  services: Services,
  request: IncomingMessage,
  signal: CancelSignal,
  resumable: boolean,
): Context {
  const state = stateOf(request)!;
  const { requestId, records, admission } = state;
  const idempotencyKey = request.headers['idempotency-key'];
  return {
    services,
    requestId,
    records,
    admission,
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

/** Whether what can't be honoured is refused: everywhere, or where the request says so. */
export function isStrict(config: Config, { headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return config.strict || /^(true|1)$/i.test(String(headers['x-trestle-strict'] ?? ''));
}
