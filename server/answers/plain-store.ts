import type { ItemStore, Numbered } from './item-format.ts';
import { SizedLog } from './sized-log.ts';

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
export class PlainStore<Item, Kept extends Numbered> extends SizedLog<Kept> implements ItemStore<Item, Kept> {
  readonly #options: PlainStoreOptions<Item, Kept>;

  constructor(options: PlainStoreOptions<Item, Kept>) {
    super();
    this.#options = options;
  }

  push(item: Item): number {
    return this.add(this.#options.keep(item, this.end), this.#options.sizeOf(item));
  }

  at(number: number): Kept | undefined {
    return this.keptAt(number);
  }

  pack(): Packed<Item> {
    return { first: this.first, items: this.kept.map(this.#options.itemOf) };
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
