import type { Notice } from '../../shared/notice.ts';
import type { AnswerTranslator } from '../claude/answer/answer-translator.ts';
import { noticeOfStop } from '../claude/answer/stop-reasons.ts';
import { checkAnswers, TEXT_LEFT_OUT } from './answer-check.ts';
import { checkChoice } from './choice-check.ts';
import { checkGrammars } from './grammar-check.ts';
import type { PreparedCall } from './prepare.ts';

/**
 * Everything that is to be noted of a request and its finished answers, each of them once. In strict mode it throws a 400
 * for a choice of tools that was not kept.
 */
export async function noticesOf(
  { plan, check, notices }: Pick<PreparedCall, 'plan' | 'check' | 'notices'>,
  answers: readonly Pick<AnswerTranslator<unknown>, 'leftOut' | 'stopReason' | 'called' | 'content' | 'formed'>[],
  strict: boolean,
): Promise<Notice[]> {
  const told: Notice[] = [];
  for (const { leftOut, stopReason, called } of answers) {
    if (leftOut && !told.includes(TEXT_LEFT_OUT)) told.push(TEXT_LEFT_OUT);
    const unkept = checkChoice(plan, called, { isRefusal: stopReason === 'refusal', strict });
    for (const notice of [unkept, noticeOfStop(stopReason)])
      if (notice && !told.some(({ message }) => message === notice.message)) told.push(notice);
  }
  const broken = await checkAnswers(
    answers.map(({ content }) => content),
    check,
  );
  const formed = await checkGrammars(
    plan,
    answers.flatMap((answer) => answer.formed),
    strict,
  );
  return [...notices.list(), ...[...told, ...formed, ...broken].map((notice) => notices.named(notice))];
}
