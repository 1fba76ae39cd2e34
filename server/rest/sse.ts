import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ErrorResponse } from '../../shared/error-response.ts';

/** Longest silence on the wire: below the idle limits of common proxies. */
const KEEP_ALIVE_MS = 15_000;
/** Characters. */
const MOST_PENDING = 64 * 1024;
const KEEP_ALIVE = ': keep-alive\n\n';
const DONE = 'data: [DONE]\n\n';

/**
 * Writes server-sent events to one response; the only place that knows their text.
 * What is sent in one turn of the event loop goes out in one write.
 */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #stallTimeoutMs: number;
  #pending = '';
  #scheduled = false;

  constructor(response: ServerResponse, headers: Record<string, string>, stallTimeoutMs: number) {
    this.#response = response;
    this.#stallTimeoutMs = stallTimeoutMs;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // nginx would hold the stream back.
      'x-accel-buffering': 'no',
      ...headers,
    });
    response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#write(KEEP_ALIVE), KEEP_ALIVE_MS);
  }

  /**
   * Resolves when there is room for more, so that a slow reader slows Claude and not memory.
   * One that takes nothing for too long is dropped.
   */
  async send(data: unknown, id: string): Promise<void> {
    this.#write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.#response.writableNeedDrain) await this.#drained();
  }

  /** Ends a whole stream. */
  done(): void {
    this.#end(DONE);
  }

  /** Ends a broken stream: without `[DONE]`, so that nobody takes it for whole. */
  fail(error: ErrorResponse): void {
    this.#end(`data: ${JSON.stringify(error)}\n\n`);
  }

  #write(text: string): void {
    this.#pending += text;
    // One turn may bring megabytes, and only what was written counts as waiting for the reader.
    if (this.#pending.length > MOST_PENDING) this.#flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#pending === '' || this.#response.destroyed) return;
    this.#response.write(this.#pending);
    this.#pending = '';
    this.#keepAlive.refresh();
  }

  #end(text: string): void {
    clearInterval(this.#keepAlive);
    if (this.#response.destroyed) return;
    this.#response.end(this.#pending + text);
    this.#pending = '';
  }

  async #drained(): Promise<void> {
    if (this.#response.destroyed) return;
    const left = new AbortController();
    const { signal } = left;
    const stalled = setTimeout(() => this.#response.destroy(), this.#stallTimeoutMs);
    // A reader that leaves never drains.
    await Promise.race([once(this.#response, 'drain', { signal }), once(this.#response, 'close', { signal })]).finally(
      () => {
        left.abort();
        clearTimeout(stalled);
      },
    );
  }
}
