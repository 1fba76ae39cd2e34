import type { IncomingMessage } from 'node:http';
import type { TrestleError } from '../../shared/error.ts';
import type { Admission, Side } from '../calls/admit.ts';
import type { CallRecord } from '../calls/call.ts';
import type { Cancellation } from '../calls/cancellation.ts';

/** State of one HTTP request, kept on the request that tRPC and the REST facade hand around. */
export interface RequestState {
  requestId: string;
  /** `performance.now()` when the headers were read. */
  startedAt: number;
  records: CallRecord[];
  admission: Admission;
  /** Further headers of the answer, by the time that it is there. */
  ownHeaders?: () => Record<string, string>;
  /** Why the body could not be read, where a door tells its caller later. */
  unreadable?: Error | undefined;
  /** What went wrong, for the log. */
  failure?: TrestleError;
  /** Cancels the call that is made for it: aborts when the connection closes before the answer is complete. */
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

/** Why this request may use neither side of the server; for where it is not known yet which one it asks for. */
export function strangerRefusalOf(request: IncomingMessage): TrestleError | undefined {
  const { admission } = stateOf(request)!;
  return admission.isAdmin ? undefined : admission.refusal();
}

/** Why this request may not use this side of the server, if it has no valid key for it. */
export function refusalOf(request: IncomingMessage, side?: Side): TrestleError | undefined {
  return stateOf(request)!.admission.refusal(side);
}
