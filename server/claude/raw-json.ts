import { randomBytes } from 'node:crypto';

/** Stands for a text in JSON that is being written; nobody else can know it. */
const MARK = `raw-${randomBytes(16).toString('hex')}-`;
const MARKED = new RegExp(`"${MARK}(\\d+)"`, 'g');

/** Numbers and keys that JavaScript does not write as it read them: long or spelled otherwise, or put in another order. */
const LOSSY =
  /(?:^|[:,[\s])-?(?:\d{16}|\d+\.\d{15}|\d+(?:\.\d+)?[eE]|\d+\.\d*0(?:[\s,}\]]|$))|-0(?:[\s,}\]]|$)|"\d+"\s*:|"__proto__"/;
/** Two halves of a character, escaped one by one; else one half, or anything else that is escaped. */
const ESCAPES = /\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|[^])/gi;

/** Where the values end up while a text is being written. */
let written: RawJson[] | undefined;

/** A value that keeps the text it was read from, since a number may lose digits in between. */
export class RawJson {
  readonly #text: string;
  readonly #value: unknown;

  /** `value` is what the text was parsed to. */
  constructor(text: string, value: unknown) {
    this.#text = text;
    this.#value = value;
  }

  /** The text as it was written. */
  get text(): string {
    return this.#text;
  }

  toJSON(): unknown {
    if (written === undefined) return this.#value;
    return `${MARK}${written.push(this) - 1}`;
  }
}

/** Whether the JSON text would not come out as it went in. It may say so of some that would. */
export function isLossy(json: string): boolean {
  return LOSSY.test(json);
}

/** The parsed value itself, or with its text where that is needed. */
export function keepText(json: string, value: unknown): unknown {
  return isLossy(json) && JSON.stringify(value) !== json ? new RawJson(json, value) : value;
}

/** The value's JSON; of a {@link RawJson} its own text. */
export function jsonOf(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  // A call without arguments may have an empty text of them.
  return JSON.stringify(value === '' ? {} : (value ?? {}));
}

/** `JSON.stringify` with every {@link RawJson} as it was written. */
export function stringifyRaw(body: unknown): string {
  const values: RawJson[] = [];
  written = values;
  let json: string;
  try {
    json = JSON.stringify(body);
  } finally {
    written = undefined;
  }
  if (values.length === 0) return json;
  return json.replace(MARKED, (_mark, index: string) => withWholeCharacters(values[Number(index)]!.text));
}

/** Characters in place of the escapes of their halves, which are else taken for halves that stand alone. */
function withWholeCharacters(json: string): string {
  if (!/\\ud/i.test(json)) return json;
  return json.replace(ESCAPES, (escape: string, high: string | undefined, low: string | undefined) =>
    high === undefined || low === undefined
      ? escape
      : String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
  );
}
