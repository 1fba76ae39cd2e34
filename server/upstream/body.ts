import type { Dispatcher } from 'undici';

/** All of these bytes, as UTF-8. */
export function toText(chunks: readonly Buffer[]): string {
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString();
}

/** Bytes held before the socket is paused: enough to keep it busy, little enough for 10,000 streams. */
const HIGH_WATER = 64 * 1024;

/**
 * The body of an upstream answer as it arrives. Reading slowly pauses the socket, and stopping early closes it.
 * Lean on purpose: a web stream in its place costs more than the whole translation.
 */
export class UpstreamBody implements AsyncIterableIterator<Buffer> {
  readonly #controller: Dispatcher.DispatchController;
  #chunks: Buffer[] = [];
  #size = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  /** Read at its end alone. */
  #isWhole = false;

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#isWhole) return;
    if (this.#size > HIGH_WATER) this.#controller.pause();
    this.#wake?.();
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** All that arrived since the last call, in one buffer. Rejects when the connection broke. */
  async next(): Promise<IteratorResult<Buffer, undefined>> {
    while (this.#chunks.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return { done: true, value: undefined };
      await this.#change();
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    if (this.#controller.paused) this.#controller.resume();
    return { done: false, value: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) };
  }

  /** All of it, as UTF-8. Rejects when the connection breaks first. */
  async text(): Promise<string> {
    this.#isWhole = true;
    if (this.#controller.paused) this.#controller.resume();
    while (!this.#ended) await this.#change();
    if (this.#error !== undefined) throw this.#error;
    return toText(this.#chunks);
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Closes the connection unless the answer is complete. */
  cancel(): void {
    if (!this.#ended) this.#controller.abort(new Error('the answer is no longer wanted'));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
