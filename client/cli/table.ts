/** Rows as lines of columns, under their names; numbers stand at the right. Without rows the text that says so. */
export function renderTable(rows: readonly Readonly<Record<string, string>>[], none: string): string {
  const [first] = rows;
  if (first === undefined) return `${none}\n`;
  const names = Object.keys(first);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name]!.length)));
  const isNumber = names.map((name) => rows.every((row) => /^\d/.test(row[name]!) && row[name]!.length < 20));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => (isNumber[index] ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd();
  return [line(names), ...rows.map((row) => line(names.map((name) => row[name]!)))].map((text) => `${text}\n`).join('');
}
