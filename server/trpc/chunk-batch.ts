/**
 * What tRPC's WebSocket adapter (@trpc/server 11.25.2, ws.ts) says of a tracked value, written by us for a batch of
 * them at once. The adapter races two promises and copies four objects for each value; that it takes a batch for one
 * value brings a WebSocket event from 25 µs of CPU to 11 (the means of a loop of streams of 100 deltas on a loaded
 * machine; 22 to 8 by minima). `test/unit/trpc/chunk-frames.test.ts` holds the frames against tRPC's own. Without this file and its use in `subscription.ts` each chunk goes through the
 * adapter by itself, and `chunkEncoder` leaves it to tRPC's encoder.
 */
import { formatEventId } from '../../shared/event-id.ts';
import type { ItemJson, Numbered } from '../answers/item-format.ts';

/** What tRPC's adapter gives to its encoder for a subscription's value. */
export interface DataMessage {
  id: number | string;
  jsonrpc?: '2.0' | undefined;
  result?: { data?: { json?: unknown } };
}

/** Items of an answer, such as chunks, that are there at once. tRPC's adapter takes them for one value; they leave as frames of their own. */
export class ChunkBatch<Kept extends Numbered = Numbered> {
  /** The answer's id. */
  readonly #id: string;
  #items: readonly Kept[];
  readonly #json: ItemJson<Kept>;

  constructor(id: string, items: readonly Kept[], json: ItemJson<Kept>) {
    this.#id = id;
    this.#items = items;
    this.#json = json;
  }

  /** What tRPC says of each item as a tracked one. Once: tRPC holds on to a subscription's last value. */
  messages({ id, jsonrpc }: DataMessage): string[] {
    const version = jsonrpc === undefined ? '' : `"jsonrpc":${JSON.stringify(jsonrpc)},`;
    const before = `{"id":${JSON.stringify(id)},${version}"result":{"type":"data","data":{"json":{"id":"`;
    const items = this.#items;
    this.#items = [];
    return items.map((item) => {
      const eventId = formatEventId(this.#id, item.number);
      return `${before}${eventId}","data":${this.#json.write(item)}}},"id":"${eventId}"}}`;
    });
  }
}
