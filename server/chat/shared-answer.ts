import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { Cancellation, type CancelSignal } from '../upstream/cancellation.ts';
import type { Call, CallRecord } from './call.ts';

export interface SharedAnswerOptions {
  /** Begins the answer. What it throws, the constructor throws. */
  run: (call: Pick<Call, 'record' | 'signal'>) => Promise<ChatCompletion>;
  /** How long the answer goes on when nobody waits for it, in milliseconds. */
  graceMs: number;
  /** Nobody came back to it; it is ended. */
  onLeft: () => void;
  /** It is there, or undefined when it failed. */
  onDone: (completion: ChatCompletion | undefined) => void;
}

/** A whole answer that several callers may wait for. */
export class SharedAnswer {
  readonly #completion: Promise<ChatCompletion>;
  readonly #record: CallRecord;
  readonly #abort = new Cancellation();
  readonly #graceMs: number;
  readonly #onLeft: () => void;
  #waiting = 0;
  #done = false;
  #timer: NodeJS.Timeout | undefined;
  /** Of the finished answer, about; for whoever keeps it. */
  bytes = 0;

  constructor(record: CallRecord, { run, graceMs, onLeft, onDone }: SharedAnswerOptions) {
    this.#record = { ...record };
    this.#graceMs = graceMs;
    this.#onLeft = onLeft;
    this.#completion = run({ record: this.#record, signal: this.#abort });
    const settle = (completion: ChatCompletion | undefined): void => {
      this.#done = true;
      clearTimeout(this.#timer);
      onDone(completion);
    };
    this.#completion.then(settle, () => settle(undefined));
  }

  /** Rejects as soon as the caller leaves; without callers the answer ends after a while. */
  async join(call: Call): Promise<ChatCompletion> {
    this.#waiting += 1;
    clearTimeout(this.#timer);
    try {
      const completion = await unlessAborted(this.#completion, call.signal);
      Object.assign(call.record, this.#record, { startedAt: call.record.startedAt });
      return completion;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#done) this.#endLater();
    }
  }

  #endLater(): void {
    const end = (): void => {
      this.#abort.abort();
      this.#onLeft();
    };
    if (this.#graceMs === 0) return end();
    this.#timer = setTimeout(end, this.#graceMs);
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
