/** An item of an answer, such as a chunk or an event, by its number in the stream, from 0. */
export interface Numbered {
  readonly number: number;
  /** What it adds to the answer's text, where it does nothing else. */
  readonly text?: string | undefined;
}

/** The items of one answer by their numbers. Bytes are estimates. */
export interface ItemStore<Item, Kept extends Numbered> {
  /** Number of the first item that is still kept. */
  readonly first: number;
  /** Number of the item that comes next. */
  readonly end: number;
  /** Bytes kept. */
  readonly bytes: number;
  /** Bytes of all items before a number, the released ones included. */
  bytesBefore(number: number): number;
  /** Returns the bytes that the item takes. */
  push(item: Item): number;
  /** Undefined for an item that has not come, or is released. */
  at(number: number): Kept | undefined;
  /** Releases the items before a number. Returns their bytes. */
  releaseBefore(number: number): number;
  /** All of it as plain JSON. */
  pack(): unknown;
}

/**
 * How a door's answers are kept, and handed from process to process. An answer itself knows no door: it has numbered
 * items of some format.
 */
export interface ItemFormat<Item = unknown, Kept extends Numbered = Numbered> {
  /** Names the format between processes. */
  readonly name: string;
  createStore(): ItemStore<Item, Kept>;
  /** The store that {@link ItemStore.pack} wrote. */
  unpack(packed: unknown): ItemStore<Item, Kept>;
  /** An item as a caller of tRPC gets it: what {@link ItemJson} writes of it. */
  toValue(kept: Kept): unknown;
  /** An item as plain JSON for another process, without its number. */
  toWire(kept: Kept): unknown;
  fromWire(number: number, wire: unknown): Kept;
  /** Writes the items of one reader as JSON. */
  createJson(): ItemJson<Kept>;
}

/** The same as `JSON.stringify` of an item as it is on the wire; what items have in common may be written once. */
export interface ItemJson<Kept extends Numbered> {
  write(kept: Kept): string;
}
