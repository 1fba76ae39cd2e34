import type { ItemStore, Numbered } from './item-format.ts';

export interface PlainStoreOptions<Item, Kept extends Numbered> {
  /** An item as it is kept. */
  keep: (item: Item, number: number) => Kept;
  /** Approximate bytes that it takes. */
  sizeOf: (item: Item) => number;
  /** The item of what is kept. */
  itemOf: (kept: Kept) => Item;
}

/** Items as plain JSON. */
interface Packed<Item> {
  first: number;
  items: Item[];
}

/** Items of one answer by their numbers, from 0, each kept as it is. */
export class PlainStore<Item, Kept extends Numbered> implements ItemStore<Item, Kept> {
  first = 0;
  readonly #options: PlainStoreOptions<Item, Kept>;
  #kept: Kept[] = [];
  /** For each, the bytes of all items up to and with it. */
  #ends: number[] = [];
  #released = 0;

  constructor(options: PlainStoreOptions<Item, Kept>) {
    this.#options = options;
  }

  get end(): number {
    return this.first + this.#kept.length;
  }

  get bytes(): number {
    return this.bytesBefore(this.end) - this.#released;
  }

  bytesBefore(number: number): number {
    return this.#ends[number - this.first - 1] ?? this.#released;
  }

  push(item: Item): number {
    const size = this.#options.sizeOf(item);
    this.#ends.push(this.bytesBefore(this.end) + size);
    this.#kept.push(this.#options.keep(item, this.end));
    return size;
  }

  at(number: number): Kept | undefined {
    return this.#kept[number - this.first];
  }

  releaseBefore(number: number): number {
    const count = number - this.first;
    if (count <= 0) return 0;
    const bytes = this.bytesBefore(number) - this.#released;
    this.#released += bytes;
    this.#kept = this.#kept.slice(count);
    this.#ends = this.#ends.slice(count);
    this.first = number;
    return bytes;
  }

  pack(): Packed<Item> {
    return { first: this.first, items: this.#kept.map(this.#options.itemOf) };
  }

  /** The store that {@link pack} wrote. */
  static unpack<Item, Kept extends Numbered>(
    packed: unknown,
    options: PlainStoreOptions<Item, Kept>,
  ): PlainStore<Item, Kept> {
    // Sound: a store packed it.
    const { first, items } = packed as Packed<Item>;
    const store = new PlainStore(options);
    store.first = first;
    for (const item of items) store.push(item);
    return store;
  }
}
