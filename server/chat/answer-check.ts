import type { Notice } from '../../shared/notice.ts';
import { checkTexts } from '../claude/schema/check-pool.ts';
import type { Checked } from '../claude/schema/check-schema.ts';

/** The notice of an answer that is to be JSON, and is calls. */
export const TEXT_LEFT_OUT: Notice = {
  param: 'response_format',
  action: 'ignored',
  message: 'the text beside the calls was left out: it is not JSON',
};

/** Violations named in one notice; an answer may break a schema in thousands of places. */
const MAX_NAMED = 5;

/**
 * What the finished JSON answers of a request break of the schema asked for, as notices, each of them once. Where Claude is
 * held to a grammar this finds only what a grammar can't hold; a cut or refused answer breaks it, as it does at OpenAI.
 */
export async function checkAnswers(contents: readonly (string | null)[], schema: unknown): Promise<Notice[]> {
  const texts = contents.filter((content) => content !== null);
  if (schema === undefined || texts.length === 0) return [];
  const messages = new Set((await checkTexts(texts, schema)).map(toMessage).filter((message) => message !== undefined));
  return Array.from(messages, (message) => ({ param: 'response_format', action: 'ignored', message }));
}

function toMessage(checked: Checked): string | undefined {
  if ('unchecked' in checked) return `the answer could not be checked against the schema: ${checked.unchecked}`;
  const { broken } = checked;
  if (broken.length === 0) return undefined;
  const named = broken.slice(0, MAX_NAMED).join('; ');
  const more = broken.length > MAX_NAMED ? `; and ${broken.length - MAX_NAMED} more` : '';
  return `the answer breaks the schema: ${named}${more}`;
}
