import { TrestleError } from '../../shared/error.ts';
import type { Notice } from '../../shared/notice.ts';
import type { AnswerPlan } from '../claude/answer/answer-plan.ts';

/**
 * What an answer broke of a forced choice of tools that Claude could only be told of, as a notice; in strict mode it throws
 * a 400. A refusal is no choice.
 */
export function checkChoice(
  { mustCall }: AnswerPlan,
  called: readonly string[],
  { isRefusal, strict }: { isRefusal: boolean; strict: boolean },
): Notice | undefined {
  if (mustCall === undefined || isRefusal) return undefined;
  const { field, name } = mustCall;
  if (name === undefined ? called.length > 0 : called.includes(name)) return undefined;
  const message =
    name === undefined
      ? 'Claude did not call a tool, as it was told to'
      : `Claude did not call '${name}', as it was told to`;
  if (strict)
    throw new TrestleError('unsupported_parameter', `${message} (strict mode refuses such an answer)`, {
      param: field,
    });
  return { param: field, action: 'ignored', message };
}
