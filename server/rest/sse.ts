import type { ServerResponse } from 'node:http';
import type { TrestleError } from '../../shared/error.ts';
import { formatEventId } from '../../shared/event-id.ts';
import type { ItemJson, Numbered } from '../answers/item-format.ts';
import { drained } from '../http/drained.ts';
import type { BrokenStream, EventStyle } from './event-styles.ts';

/** Characters that may wait for the next write: one read of Claude's may bring megabytes. */
const MAX_PENDING = 64 * 1024;
/** A reader whose connection breaks may throw away what it has not looked at yet: the error itself. */
const CUT_AFTER_MS = 100;

export interface SseOptions<Kept extends Numbered> {
  headers: Record<string, string>;
  json: ItemJson<Kept>;
  style: EventStyle;
  /** Give each event the id by which its reader can come back: some readers take no line but `data`. */
  ids: boolean;
  /** Longest silence on the wire, in milliseconds. */
  keepAliveMs: number;
  /** How long a reader may take nothing before it is dropped, in milliseconds. */
  stallTimeoutMs: number;
}

/** Writes server-sent events to one response; the only place that knows their text. */
export class SseWriter<Kept extends Numbered> {
  readonly #response: ServerResponse;
  readonly #options: SseOptions<Kept>;
  #keepAlive: NodeJS.Timeout | undefined;
  #pending = '';
  #last: Kept | undefined;

  constructor(response: ServerResponse, options: SseOptions<Kept>) {
    this.#response = response;
    this.#options = options;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // nginx would hold the stream back, and whatever compresses would collect it first.
      'x-accel-buffering': 'no',
      'content-encoding': 'identity',
      ...options.headers,
    });
  }

  /** Sends the headers now, when the first event is not there to go with them. */
  begin(): void {
    this.#response.flushHeaders();
    this.#stayAlive();
  }

  /** Goes out with the next {@link flush}; `id` is the answer's. */
  add(item: Kept, id: string): void {
    const { ids, json, style } = this.#options;
    this.#last = item;
    if (ids) this.#pending += `id: ${formatEventId(id, item.number)}\n`;
    this.#pending += style.write(item, json);
    if (this.#pending.length > MAX_PENDING) this.flush();
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
        this.#pending += this.#options.style.keepAlive;
        this.flush();
      }, this.#options.keepAliveMs);
    }
  }

  /** The reader has to take something before more is added, so that a slow one slows Claude and not memory. */
  get full(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Resolves when there is room. A reader that takes nothing for too long is dropped. */
  drained(): Promise<void> {
    return drained(this.#response, this.#options.stallTimeoutMs);
  }

  /** Ends a whole stream. */
  done(): void {
    const text = this.#rest(this.#options.style.done);
    if (!this.#response.destroyed) this.#response.end(text);
  }

  /**
   * Ends a broken stream so that nobody takes it for whole: with an `error` event, without `[DONE]`, and with the
   * connection cut before the body's own end, for readers that skip what they do not know; where there is an event that
   * says so to all readers, with that one. One whose last event says that it broke has been told so already.
   */
  fail(error: TrestleError, broken: Omit<BrokenStream, 'last'>): void {
    const { style } = this.#options;
    if (this.#last !== undefined && style.isLast(this.#last)) return this.done();
    const text = this.#rest(style.failed(error, { ...broken, last: this.#last }));
    if (this.#response.destroyed) return;
    if (style.failsWhole) return void this.#response.end(text);
    this.#response.write(text);
    const { socket } = this.#response;
    setTimeout(() => socket?.destroySoon(), CUT_AFTER_MS);
  }

  #rest(text: string): string {
    clearInterval(this.#keepAlive);
    const last = this.#pending + text;
    this.#pending = '';
    return last;
  }
}
