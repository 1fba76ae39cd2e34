/**
 * The JSON of a value up to `most` characters, with `…` where it goes on. What lies behind is not looked at: where schemas
 * nest, each level is quoted, and writing all of it every time would take the square of its length.
 * `known` keeps what was quoted with the same `most`, so that each level costs no more than what it adds.
 */
export function quoteJson(value: unknown, most: number, known?: Map<object, string>): string {
  const pieces: string[] = [];
  let left = most + 1;

  function add(text: string): void {
    pieces.push(text);
    left -= text.length;
  }

  function write(entry: unknown): void {
    if (typeof entry === 'string') add(JSON.stringify(entry.slice(0, most + 1)));
    else if (typeof entry !== 'object' || entry === null) add(JSON.stringify(entry) ?? 'null');
    else if (known?.has(entry)) add(known.get(entry)!);
    else writeEntries(entry as Record<string, unknown>, Array.isArray(entry));
  }

  function writeEntries(entries: Record<string, unknown>, isList: boolean): void {
    add(isList ? '[' : '{');
    let isFirst = true;
    for (const name in entries) {
      if (left <= 0) return;
      if (!Object.hasOwn(entries, name) || (entries[name] === undefined && !isList)) continue;
      if (!isFirst) add(',');
      isFirst = false;
      if (!isList) add(`${JSON.stringify(name)}:`);
      write(entries[name]);
    }
    add(isList ? ']' : '}');
  }

  if (value === undefined) return '';
  write(value);
  const text = pieces.join('');
  if (typeof value === 'object' && value !== null) known?.set(value, text.slice(0, most + 1));
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
