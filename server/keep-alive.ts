import type { IncomingHttpHeaders } from 'node:http';
import { LIVENESS, OWN_CLIENT } from '../shared/own-client.ts';

/** Longest silence on the wire, in milliseconds. Others are told to be patient: it is below common proxies' limits. */
export const KEEP_ALIVE_MS = { ownClient: LIVENESS.sayEvery, others: 15_000 } as const;

/** Whether it is our own client that calls, which gives a connection up when it has been silent for too long. */
export function isOwnClient(headers: IncomingHttpHeaders): boolean {
  return headers[OWN_CLIENT] !== undefined;
}
