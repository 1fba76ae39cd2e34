/** What is kept of an answer's items by their numbers, from 0, and the bytes that it takes. */
export class SizedLog<Kept> {
  /** Number of the first item that is still kept. */
  first = 0;
  #kept: Kept[] = [];
  /** For each, the bytes of all items up to and with it. */
  #ends: number[] = [];
  /** Bytes of the items that were released. */
  #released = 0;

  /** Number of the item that comes next. */
  get end(): number {
    return this.first + this.#kept.length;
  }

  /** Bytes kept, about. */
  get bytes(): number {
    return this.bytesBefore(this.end) - this.#released;
  }

  protected get kept(): readonly Kept[] {
    return this.#kept;
  }

  /** Bytes of all items before a number, the released ones included. */
  bytesBefore(number: number): number {
    return this.#ends[number - this.first - 1] ?? this.#released;
  }

  /** Keeps an item that takes so many bytes, and returns them. */
  protected add(kept: Kept, bytes: number): number {
    this.#ends.push(this.bytesBefore(this.end) + bytes);
    this.#kept.push(kept);
    return bytes;
  }

  protected keptAt(number: number): Kept | undefined {
    return this.#kept[number - this.first];
  }

  /** Releases the items before a number. Returns their bytes. */
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
}
