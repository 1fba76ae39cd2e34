import { visit } from 'jsonc-parser';
import { TrestleError } from '../../shared/error.ts';

/** Characters of a text that is looked through for the place of its fault. */
const MAX_SEARCHED = 256 * 1024;

/** What the text of a body says. Throws a 400 that names the line and the column where it stops being JSON. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `We could not parse the JSON body of your request${placeOf(text)}.`;
    throw new TrestleError('invalid_request', message, { cause });
  }
}

/** Where a text stops being JSON: V8 says so for short texts alone. */
function placeOf(text: string): string {
  if (text.trim() === '') return ': it is empty';
  if (text.length > MAX_SEARCHED) return '';
  let offset = text.length;
  const onError = (_error: number, at: number): void => void (offset = Math.min(offset, at));
  visit(text, { onError }, { disallowComments: true });
  if (offset >= text.trimEnd().length) return ': it ends too early';
  const lines = text.slice(0, offset).split('\n');
  return `: line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}
