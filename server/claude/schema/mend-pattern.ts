/** Letters and digits that mean something behind a backslash. */
const MEANT = /[dDwWsSbBnrtfvkpPuxc0-9]/;
/** What has to be escaped to stand for itself. */
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;
/** No person writes a longer one. */
const LONGEST = 10_000;
const ANCHORS: Readonly<Record<string, string>> = { A: '^', Z: '$', z: '$' };
const TOKENS = /\\[pPu]\{[^}]{0,100}\}|\\[^]|\{\d+(?:,\d*)?\}|\(\?P(?:<(?<group>\w+)>|=(?<back>\w+)\))|[^]/g;

/** Whether it is a regular expression of ECMA-262 with the `u` flag, as JSON Schema has them. */
export function isPattern(value: unknown): boolean {
  try {
    return typeof value === 'string' && Boolean(new RegExp(value, 'u'));
  } catch {
    return false;
  }
}

/**
 * A regular expression in the strict spelling of ECMA-262: without needless escapes, with single brackets escaped, and
 * with Python's names for groups and ends of the text in its own words. Undefined where that is not enough.
 */
export function mendPattern(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return undefined;
  if (isPattern(pattern)) return pattern;
  if (pattern.length > LONGEST) return undefined;
  let inClass = false;
  let mended = '';
  for (const { 0: token, groups = {} } of pattern.matchAll(TOKENS)) {
    const { group, back } = groups;
    if (!inClass && group !== undefined) mended += `(?<${group}>`;
    else if (!inClass && back !== undefined) mended += `\\k<${back}>`;
    else if (token.length === 2 && token.startsWith('\\')) mended += mendedEscape(token[1]!, inClass);
    else {
      const isLone = !inClass && /^[{}\]]$/.test(token);
      mended += isLone ? `\\${token}` : token;
      if (token === '[') inClass = true;
      else if (token === ']') inClass = false;
    }
  }
  return isPattern(mended) ? mended : undefined;
}

function mendedEscape(escaped: string, inClass: boolean): string {
  if (MEANT.test(escaped) || SYNTAX.test(escaped) || (inClass && escaped === '-')) return `\\${escaped}`;
  return (inClass ? undefined : ANCHORS[escaped]) ?? escaped;
}
