/** Maximum length of a path in the log and in messages; longer ones are truncated. */
const MAX_LENGTH = 200;

/** A path that a caller made up, without its query, fit for a terminal: control characters are replaced. */
export function toLoggedPath(url: string): string {
  return url
    .slice(0, MAX_LENGTH)
    .split('?', 1)[0]!
    .replaceAll(/[^\x20-\x7e]/g, '\ufffd');
}
