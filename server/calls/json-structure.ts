import { TrestleError } from '../../shared/error.ts';

/** Shorter texts can't hold enough to matter. */
const MIN_CHECKED = 2000;
/** Levels of arrays and objects inside each other. A schema of a hundred levels takes three times as many. */
const MAX_DEPTH = 1000;
/** Arrays and objects of one text. Claude's longest window is a million tokens, and each of them takes some. */
const MAX_CONTAINERS = 1_000_000;

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Refuses a JSON text that would take long to parse, or to walk through afterwards: millions of brackets fit into a
 * body. Looks at what is outside of strings alone, so that a long prompt costs next to nothing. Throws a 400.
 */
export function checkStructure(text: string): void {
  if (text.length < MIN_CHECKED) return;
  let [depth, containers] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      containers += 1;
      if (depth > MAX_DEPTH) throw tooMuch(`is nested more than ${MAX_DEPTH} levels deep`);
      if (containers > MAX_CONTAINERS) throw tooMuch(`holds more than ${MAX_CONTAINERS} arrays and objects`);
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth -= 1;
  }
}

/** Where a string ends whose first character stands at `from`. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = quote - 1;
    while (escapes >= from && text.charCodeAt(escapes) === BACKSLASH) escapes -= 1;
    if ((quote - escapes) % 2 === 1) return quote;
  }
  return text.length;
}

function tooMuch(what: string): TrestleError {
  return new TrestleError('invalid_request', `The JSON of the request ${what}`);
}
