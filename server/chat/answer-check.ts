import type { Notice } from '../../shared/notice.ts';
import { checkAgainstSchema } from '../claude/check-schema.ts';

/** Of an answer that is to be JSON, and is calls. */
export const TEXT_LEFT_OUT: Notice = {
  param: 'response_format',
  action: 'ignored',
  message: 'the text beside the calls was left out: it is not JSON',
};

/** Violations named in one notice; an answer may break a schema in thousands of places. */
const MOST_NAMED = 5;

/**
 * What a finished JSON answer breaks of the schema asked for, as a notice. Where Claude is held to a grammar
 * this finds only what a grammar can't hold; a cut or refused answer breaks it, as it does at OpenAI.
 */
export async function checkAnswer(content: string | null, schema: unknown): Promise<Notice | undefined> {
  if (schema === undefined || content === null) return undefined;
  const broken = await violations(content, schema);
  if (broken.length === 0) return undefined;
  const named = broken.slice(0, MOST_NAMED).join('; ');
  const more = broken.length > MOST_NAMED ? `; and ${broken.length - MOST_NAMED} more` : '';
  return { param: 'response_format', action: 'ignored', message: `the answer breaks the schema: ${named}${more}` };
}

async function violations(content: string, schema: unknown): Promise<string[]> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return ['it is not JSON'];
  }
  return checkAgainstSchema(value, schema);
}
