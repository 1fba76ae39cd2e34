import { newDigits } from '../calls/new-digits.ts';

/** Hex digits of an id. */
const DIGITS = 32;
/** Of them: 65,536 workers, after which numbers come again. */
const MARK = 4;

/**
 * The id of a new answer, behind a door's own prefix. Of several workers each marks its own, so that any of them can
 * tell whose it is; the mark is mixed with other random digits, so that callers can't. Worker 0 is a server of one process.
 */
export function newAnswerId(prefix: string, worker: number): string {
  const digits = newDigits();
  return prefix + (worker === 0 ? digits : digits.slice(0, -MARK) + mix(digits, worker));
}

/** The worker that made an id; of an id that no worker made, any number. */
export function workerOf(id: string): number {
  const digits = id.slice(-DIGITS);
  return Number.parseInt(mix(digits, Number.parseInt(digits.slice(-MARK), 16)), 16);
}

function mix(digits: string, mark: number): string {
  const mixed = (Number.parseInt(digits.slice(0, MARK), 16) ^ mark) & (16 ** MARK - 1);
  return mixed.toString(16).padStart(MARK, '0');
}
