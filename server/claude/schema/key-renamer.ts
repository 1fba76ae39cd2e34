/**
 * Renames the keys of the outermost object of a JSON text that comes in pieces, cut anywhere. All else stays as it is
 * written: numbers, white space, the order of keys. Each character is looked at once.
 */
export class KeyRenamer {
  readonly #names: ReadonlyMap<string, string>;
  #depth = 0;
  /** Whether the outermost value is an object. */
  #isObject = false;
  #place: 'outside' | 'string' | 'key' = 'outside';
  #isEscaped = false;
  /** The next string is a key of the outermost object. */
  #expectsKey = false;
  /** The part so far of a key that has not ended. */
  #held = '';

  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  push(text: string): string {
    let written = '';
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at]!;
      if (this.#place === 'outside') {
        if (this.#see(character)) {
          written += text.slice(start, at);
          start = at;
        }
      } else if (this.#endsString(character)) {
        if (this.#place === 'key') {
          written += this.#renamed(this.#held + text.slice(start, at + 1));
          this.#held = '';
          start = at + 1;
        }
        this.#place = 'outside';
      }
    }
    if (this.#place !== 'key') return written + text.slice(start);
    this.#held += text.slice(start);
    return written;
  }

  /** What is left of a text that was cut short. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  /** A character outside of strings. Returns whether a key begins with it. */
  #see(character: string): boolean {
    switch (character) {
      case '"':
        this.#place = this.#expectsKey ? 'key' : 'string';
        this.#expectsKey = false;
        return this.#place === 'key';
      case '{':
      case '[':
        if (this.#depth === 0) this.#isObject = character === '{';
        this.#depth += 1;
        this.#expectsKey = this.#depth === 1 && this.#isObject;
        return false;
      case '}':
      case ']':
        this.#depth -= 1;
        return false;
      case ',':
        this.#expectsKey = this.#depth === 1 && this.#isObject;
        return false;
      default:
        return false;
    }
  }

  #endsString(character: string): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (character === '\\') this.#isEscaped = true;
    else return character === '"';
    return false;
  }

  #renamed(key: string): string {
    let name: unknown;
    try {
      name = JSON.parse(key);
    } catch {
      return key;
    }
    const other = this.#names.get(String(name));
    return other === undefined ? key : JSON.stringify(other);
  }
}

/** {@link KeyRenamer} for a text that is whole. */
export function renameKeys(json: string, names: ReadonlyMap<string, string> | undefined): string {
  if (names === undefined) return json;
  const renamer = new KeyRenamer(names);
  return renamer.push(json) + renamer.end();
}
