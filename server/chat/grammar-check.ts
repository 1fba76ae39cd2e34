import { TrestleError } from '../../shared/error.ts';
import type { Notice } from '../../shared/notice.ts';
import type { AnswerPlan } from '../claude/answer/answer-plan.ts';
import type { FormedInput } from '../claude/answer/call-reader.ts';
import { checkTexts } from '../claude/schema/check-pool.ts';

/**
 * What the inputs of free-form tools break of their grammars, which Claude could only be told of, as notices; in strict mode
 * it throws a 400.
 */
export async function checkGrammars(
  { grammars }: AnswerPlan,
  inputs: readonly FormedInput[],
  strict: boolean,
): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (const { name, input } of inputs) {
    const grammar = grammars?.get(name);
    if (!grammar) continue;
    // As JSON Schema, whose patterns are checked where they can take no longer than they may.
    const [checked] = await checkTexts([JSON.stringify(input)], { type: 'string', pattern: grammar.pattern });
    const message = 'unchecked' in checked! ? `could not be checked: ${checked.unchecked}` : 'does not match it';
    if ('broken' in checked! && checked.broken.length === 0) continue;
    const text = `The input that Claude gave '${name}' ${message}`;
    if (strict && 'broken' in checked!)
      throw new TrestleError('unsupported_parameter', `${text} (strict mode refuses such an answer)`, {
        param: grammar.field,
      });
    if (!notices.some((notice) => notice.message === text))
      notices.push({ param: grammar.field, action: 'ignored', message: text });
  }
  return notices;
}
