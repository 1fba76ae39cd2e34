import type { Call, CallRecord } from '../calls/call.ts';
import { Cancellation, type CancelSignal } from '../calls/cancellation.ts';

export interface SharedAnswerOptions {
  /** How long the answer goes on when nobody waits for it, in milliseconds. */
  graceMs: number;
  /** Nobody came back to it; it is ended. */
  onLeft: () => void;
  /** It is there, or undefined when it failed. */
  onDone: (whole: unknown) => void;
}

/** A whole answer that several callers may wait for. */
export class SharedAnswer {
  /** The call that makes it; the end of a single caller does not end it. */
  readonly own: Pick<Call, 'record' | 'signal'>;
  readonly #abort = new Cancellation();
  readonly #options: SharedAnswerOptions;
  #whole: Promise<unknown> | undefined;
  #waiting = 0;
  #done = false;
  #timer: NodeJS.Timeout | undefined;
  /** Approximate bytes of the finished answer, for whoever keeps it. */
  bytes = 0;

  constructor(record: CallRecord, options: SharedAnswerOptions) {
    this.own = { record: { ...record }, signal: this.#abort };
    this.#options = options;
  }

  /** Takes what was begun with {@link own}: a function that begins it would keep the request until it is there. */
  begin(whole: Promise<unknown>): void {
    this.#whole = whole;
    const settle = (answer: unknown): void => {
      this.#done = true;
      clearTimeout(this.#timer);
      this.#options.onDone(answer);
    };
    whole.then(settle, () => settle(undefined));
  }

  /** Rejects as soon as the caller leaves; without callers the answer ends after a while. */
  async join(call: Call): Promise<unknown> {
    this.#waiting += 1;
    clearTimeout(this.#timer);
    try {
      const whole = await unlessAborted(this.#whole!, call.signal);
      Object.assign(call.record, this.own.record, { startedAt: call.record.startedAt });
      return whole;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#done) this.#endLater();
    }
  }

  #endLater(): void {
    const end = (): void => {
      this.#abort.abort();
      this.#options.onLeft();
    };
    const { graceMs } = this.#options;
    if (graceMs === 0) return end();
    this.#timer = setTimeout(end, graceMs);
    this.#timer.unref();
  }
}

/** Rejects as soon as the signal aborts, whatever becomes of the promise. */
async function unlessAborted<T>(promise: Promise<T>, signal: CancelSignal): Promise<T> {
  let leave = (): void => {};
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
  });
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
