import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Call } from '../calls/call.ts';

/** Messages that may wait to be read before the other side is made to wait. */
const MAX_WAITING = 64;
/** Characters of a message from one who has not shown the token yet. */
const MAX_UNKNOWN = 1024 * 1024;

/**
 * A connection between two workers: JSON messages, one a line, both ways. A slow reader makes the sender wait.
 */
export class PeerSocket {
  readonly #socket: Socket;
  /** Whether the other side is known to be a worker. */
  isTrusted: boolean;
  #parts: string[] = [];
  #waiting: object[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  readonly #closed = new AbortController();

  constructor(socket: Socket, isTrusted: boolean) {
    this.#socket = socket;
    this.isTrusted = isTrusted;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    // A peer that is gone is not a failure of this process: whoever reads gets no more.
    socket.on('error', () => {});
    socket.on('end', () => this.#finish());
    socket.on('close', () => {
      this.#finish();
      this.#closed.abort();
    });
  }

  /** Aborts when the connection is gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The next message; undefined when the other side has ended, or the signal aborts. */
  async next(signal?: Call['signal']): Promise<object | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#over || signal?.aborted) return undefined;
      await this.#change(signal);
    }
    const message = this.#waiting.shift();
    if (this.#socket.isPaused() && this.#waiting.length < MAX_WAITING / 2) this.#socket.resume();
    return message;
  }

  /** Resolves when there is room for more. */
  async send(message: object): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(`${JSON.stringify(message)}\n`)) return;
    const left = new AbortController();
    const { signal } = left;
    await Promise.race([once(this.#socket, 'drain', { signal }), once(this.#socket, 'close', { signal })])
      .catch(() => {})
      .finally(() => left.abort());
  }

  /** Says a last word, and reads no more. */
  end(message?: object): void {
    this.#finish();
    this.#waiting = [];
    this.#socket.resume();
    if (!this.#socket.destroyed) this.#socket.end(message ? `${JSON.stringify(message)}\n` : '');
    // One that is no worker may never close its side.
    if (!this.isTrusted) this.#socket.destroySoon();
  }

  #take(text: string): void {
    const lines = text.split('\n');
    this.#parts.push(lines[0]!);
    for (const line of lines.slice(1)) {
      const whole = this.#parts.join('');
      this.#parts = [line];
      const message = parseObject(whole);
      if (message === undefined) this.#socket.destroy();
      else if (!this.#over) this.#waiting.push(message);
    }
    if (!this.isTrusted && this.#parts.join('').length > MAX_UNKNOWN) this.#socket.destroy();
    if (this.#waiting.length > MAX_WAITING) this.#socket.pause();
    this.#wake?.();
  }

  #finish(): void {
    this.#over = true;
    this.#wake?.();
  }

  #change(signal: Call['signal'] | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}

/** Whoever finds the port may send anything. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
