import { randomBytes } from 'node:crypto';

/** Digits of this process, so that the ids of several processes differ. */
const PROCESS_DIGITS = randomBytes(10).toString('hex');
let requests = 0;

/** Counted up: it names a request in the log, and need not be hard to guess. */
export function newRequestId(): string {
  requests += 1;
  return `req_${PROCESS_DIGITS}${requests.toString(16).padStart(12, '0')}`;
}
