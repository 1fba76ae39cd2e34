import type { ServerResponse } from 'node:http';
import type { ErrorResponse } from '../../shared/error-response.ts';
import type { NumberedChunk } from '../chat/numbered-chunk.ts';
import { ChunkJson } from '../chunk-json.ts';
import { eitherEvent } from '../either-event.ts';

/** Longest silence on the wire: below the idle limits of common proxies. */
const KEEP_ALIVE_MS = 15_000;
/** Characters that may wait for the next write: one read of Claude's may bring megabytes. */
const MOST_PENDING = 64 * 1024;
const KEEP_ALIVE = ': keep-alive\n\n';
const DONE = 'data: [DONE]\n\n';

/** Writes server-sent events to one response; the only place that knows their text. */
export class SseWriter {
  readonly #response: ServerResponse;
  #keepAlive: NodeJS.Timeout | undefined;
  readonly #stallTimeoutMs: number;
  readonly #json = new ChunkJson();
  #pending = '';

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
  }

  /** Sends the headers now, when the first event is not there to go with them. */
  begin(): void {
    this.#response.flushHeaders();
    this.#stayAlive();
  }

  /** Goes out with the next {@link flush}, under the answer's id. */
  add(chunk: NumberedChunk, id: string): void {
    this.#pending += `id: ${id}:${chunk.number}\ndata: ${this.#json.write(chunk)}\n\n`;
    if (this.#pending.length > MOST_PENDING) this.flush();
  }

  /** Writes what was added. Whatever is there at once is best written at once. */
  flush(): void {
    if (this.#pending === '' || this.#response.destroyed) return;
    this.#response.write(this.#pending);
    this.#pending = '';
    this.#stayAlive();
  }

  /** Counts the silence from now on; set up after the first write, which it must not delay. */
  #stayAlive(): void {
    if (this.#keepAlive) this.#keepAlive.refresh();
    else {
      this.#keepAlive = setInterval(() => {
        this.#pending += KEEP_ALIVE;
        this.flush();
      }, KEEP_ALIVE_MS);
    }
  }

  /** The reader has to take something before more is added, so that a slow one slows Claude and not memory. */
  get full(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Resolves when there is room. A reader that takes nothing for too long is dropped. */
  async drained(): Promise<void> {
    if (this.#response.destroyed) return;
    const stalled = setTimeout(() => this.#response.destroy(), this.#stallTimeoutMs);
    // A reader that leaves never drains.
    await eitherEvent(this.#response, 'drain', 'close');
    clearTimeout(stalled);
  }

  /** Ends a whole stream. */
  done(): void {
    this.#end(DONE);
  }

  /** Ends a broken stream: without `[DONE]`, so that nobody takes it for whole. */
  fail(error: ErrorResponse): void {
    this.#end(`data: ${JSON.stringify(error)}\n\n`);
  }

  #end(text: string): void {
    clearInterval(this.#keepAlive);
    if (this.#response.destroyed) return;
    this.#response.end(this.#pending + text);
    this.#pending = '';
  }
}
