/**
 * Answers without a name whose reader was lost with its connection, by what was asked: tRPC's link sends such a
 * subscription again as it was. Each is given to one caller, who would otherwise have Claude asked a second time.
 */
export class AbandonedStreams {
  readonly #ids = new Map<string, string[]>();

  add(key: string, id: string, milliseconds: number): void {
    this.#ids.set(key, [...(this.#ids.get(key) ?? []), id]);
    setTimeout(() => this.release(key, id), milliseconds).unref();
  }

  /** The id of the oldest answer, which is no longer abandoned. */
  take(key: string): string | undefined {
    const id = this.#ids.get(key)?.[0];
    if (id !== undefined) this.release(key, id);
    return id;
  }

  release(key: string, id: string): void {
    const left = (this.#ids.get(key) ?? []).filter((other) => other !== id);
    if (left.length > 0) this.#ids.set(key, left);
    else this.#ids.delete(key);
  }
}
