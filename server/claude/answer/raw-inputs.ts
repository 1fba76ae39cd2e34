import type { ClaudeMessage } from '../messages-api.ts';
import { isLossy, keepText } from '../raw-json.ts';

/** Gives the calls of a whole answer their inputs as Claude wrote them, where parsing lost something of them. */
export function keepInputs(message: ClaudeMessage, json: string): void {
  if (!json.includes('"tool_use"') || !isLossy(json)) return;
  for (const [index, raw] of inputsIn(json).entries()) {
    const block = message.content[index];
    if (block?.type === 'tool_use' && raw !== undefined) block.input = keepText(raw, block.input);
  }
}

/** The text of a value inside an object, valid JSON, by the names that lead to it. */
export function textAt(json: string, path: readonly string[]): string | undefined {
  let text: string | undefined = json;
  for (const wanted of path) text = text === undefined ? undefined : fieldIn(text, wanted);
  return text;
}

function fieldIn(json: string, wanted: string): string | undefined {
  let found: string | undefined;
  const reader = new Reader(json);
  if (!reader.isAt('{')) return undefined;
  reader.fields((name) => {
    const start = reader.at;
    reader.skip();
    if (name === wanted) found = json.slice(start, reader.at);
  });
  return found;
}

/** For each block of the `content` of an answer, valid JSON, the text of its `input`. */
function inputsIn(json: string): (string | undefined)[] {
  let inputs: (string | undefined)[] = [];
  const reader = new Reader(json);
  reader.fields((name) => {
    if (name !== 'content' || !reader.isAt('[')) return reader.skip();
    inputs = [];
    reader.entries(() => {
      let input: string | undefined;
      if (reader.isAt('{'))
        reader.fields((field) => {
          const start = reader.at;
          reader.skip();
          if (field === 'input') input = json.slice(start, reader.at);
        });
      else reader.skip();
      inputs.push(input);
    });
  });
  return inputs;
}

/** Goes through JSON that is known to be valid. */
class Reader {
  at = 0;
  readonly #json: string;

  constructor(json: string) {
    this.#json = json;
    this.#space();
  }

  isAt(character: string): boolean {
    return this.#json[this.at] === character;
  }

  /** From `{` to behind `}`; `visit` has to go past the value. */
  fields(visit: (name: string) => void): void {
    this.#list('}', () => {
      const start = this.at;
      this.#string();
      const name = JSON.parse(this.#json.slice(start, this.at)) as string;
      this.#space();
      // The colon.
      this.at += 1;
      this.#space();
      visit(name);
    });
  }

  /** From `[` to behind `]`; `visit` has to go past the value. */
  entries(visit: () => void): void {
    this.#list(']', visit);
  }

  /** To behind the value, however deep it is. */
  skip(): void {
    let depth = 0;
    do {
      const character = this.#json[this.at];
      if (character === '"') {
        this.#string();
        continue;
      }
      if (character === '{' || character === '[') depth += 1;
      else if (character === '}' || character === ']') depth -= 1;
      this.at += 1;
    } while (this.at < this.#json.length && (depth > 0 || !/[\s,}\]]/.test(this.#json[this.at]!)));
  }

  #list(end: string, visit: () => void): void {
    this.at += 1;
    this.#space();
    while (this.at < this.#json.length && !this.isAt(end)) {
      visit();
      this.#space();
      if (this.isAt(',')) this.at += 1;
      this.#space();
    }
    this.at += 1;
  }

  #string(): void {
    this.at += 1;
    while (this.at < this.#json.length && !this.isAt('"')) this.at += this.isAt('\\') ? 2 : 1;
    this.at += 1;
  }

  #space(): void {
    while (this.at < this.#json.length && this.#json[this.at]!.trim() === '') this.at += 1;
  }
}
