import { isPlainObject } from '../../calls/plain-object.ts';
import type { Notices } from '../notices.ts';
import { keepText } from '../raw-json.ts';
import { isTooDeep } from '../schema/nesting.ts';

/** The key under which arguments that are no JSON object are shown to Claude. */
const RAW_ARGUMENTS = 'raw_arguments';

/**
 * A call's `arguments` text as Claude's `input` object. Models do write broken JSON, and a caller that
 * reports it back must be able to go on: text that is no JSON object is sent under one key, with a notice. Numbers stay as
 * they are written.
 */
export function parseToolInput(text: string, path: string, notices: Notices): unknown {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    // Too deep to be walked: shown to Claude as text.
    if (isPlainObject(value) && !isTooDeep(value)) return keepText(text, value);
  } catch {
    // Shown to Claude as text below.
  }
  notices.add(
    path,
    'emulated',
    `the arguments are not a JSON object; they were sent as the text of '${RAW_ARGUMENTS}'`,
  );
  return { [RAW_ARGUMENTS]: text };
}
