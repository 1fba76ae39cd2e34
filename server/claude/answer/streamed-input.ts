import { jsonOf } from '../raw-json.ts';
import { KeyRenamer } from '../schema/key-renamer.ts';

/** The input of a call while its JSON comes in pieces, cut anywhere. */
export class StreamedInput {
  /** The JSON that Claude has written so far. */
  json = '';
  readonly #atStart: unknown;
  readonly #renamer: KeyRenamer | undefined;
  #renamed = '';

  /** `atStart` is what the block's start said; `names` are those that the caller has for Claude's. */
  constructor(atStart: unknown, names?: ReadonlyMap<string, string>) {
    this.#atStart = atStart;
    this.#renamer = names && new KeyRenamer(names);
  }

  /** All that was passed on: the JSON in the caller's names. */
  get passed(): string {
    return this.#renamer ? this.#renamed : this.json;
  }

  /** What can be passed on of this piece, and of what was held before it. */
  push(piece: string): string {
    this.json += piece;
    return this.#renamer ? this.#pass(this.#renamer.push(piece)) : piece;
  }

  /** What is left to pass on. A call without pieces had its input in the block's start. */
  end(): string {
    const rest = this.json === '' ? this.push(jsonOf(this.#atStart)) : '';
    return rest + (this.#renamer ? this.#pass(this.#renamer.end()) : '');
  }

  #pass(renamed: string): string {
    this.#renamed += renamed;
    return renamed;
  }
}
