import { describe, expect, test } from 'vitest';
import { type AnswerPlan, PLAIN_ANSWER } from '../../../../server/claude/answer/answer-plan.ts';
import { foldChunks } from '../../../../shared/fold-chunks.ts';
import { toEvents } from '../../../support/claude-events.ts';
import { chunksOf, completionOf } from '../../../support/translated.ts';

const JSON_TEXT: AnswerPlan = { ...PLAIN_ANSWER, jsonText: true };
const OUTPUT_TOOL: AnswerPlan = { ...JSON_TEXT, outputTool: 'answer' };

function citing(text: string, ...pages: string[]): object {
  const citations = pages.map((page) => ({
    type: 'web_search_result_location',
    url: `https://${page}.example`,
    title: page,
    cited_text: 'c',
    encrypted_index: 'Eo8B',
  }));
  return { type: 'text', text, citations };
}

const CALL = (name: string): object => ({ type: 'tool_use', id: 'toolu_1', name, input: { a: 1 } });

/** What each page is cited for: the annotations read as an OpenAI client in a language of code points reads them. */
function cited(content: object[], plan: AnswerPlan = PLAIN_ANSWER): Record<string, string> {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const answer = { model: 'claude-opus-5-5', content, stop_reason: 'end_turn', usage };
  const { message } = completionOf(answer, { plan }).choices[0]!;
  for (const pieceSize of [1, 5, 1000]) {
    const events = toEvents(answer as unknown as Parameters<typeof toEvents>[0], { pieceSize });
    expect(foldChunks(chunksOf(events, { plan })).choices[0]!.message).toStrictEqual(message);
  }
  const characters = Array.from(message.content ?? '');
  return Object.fromEntries(
    (message.annotations ?? []).map(({ url_citation: { title, start_index: start, end_index: end } }) => [
      title,
      characters.slice(start, end).join(''),
    ]),
  );
}

describe('annotations, whole and streamed', () => {
  test('are over the text of their block', () => {
    expect(cited([citing('Oslo is'), citing(' cold', 'a', 'b'), citing('.', 'c')])).toEqual({
      a: ' cold',
      b: ' cold',
      c: '.',
    });
  });

  test('count code points, as OpenAI does, and not UTF-16 units', () => {
    expect(cited([citing('👀👩‍🚀 é'), citing('𝒪slo', 'a'), citing('!', 'b')])).toEqual({ a: '𝒪slo', b: '!' });
  });

  test('follow the JSON when the fence around it is taken off', () => {
    expect(
      cited([citing('\n```json\n{"a":'), citing('"x😀"', 'a'), citing(',"b":2}', 'b'), citing('\n```\n')], JSON_TEXT),
    ).toEqual({ a: '"x😀"', b: ',"b":2}' });
  });

  test('end where the content does, and go where all of their text went', () => {
    expect(cited([citing('```json\n', 'x'), citing('{"a":1}\n```', 'a'), citing('\n', 'y')], JSON_TEXT)).toEqual({
      a: '{"a":1}',
    });
  });

  test('stay as they are where JSON has no fence', () => {
    expect(cited([citing('{"a":'), citing('1}', 'a')], JSON_TEXT)).toEqual({ a: '1}' });
  });

  test('of text that an answer through a tool replaced go with it', () => {
    expect(cited([citing('I found', 'a'), CALL('answer')], OUTPUT_TOOL)).toEqual({});
    expect(cited([citing('I found', 'a'), CALL('look')], OUTPUT_TOOL)).toEqual({});
    expect(cited([citing('```\n{"a":1}', 'a')], OUTPUT_TOOL)).toEqual({ a: '{"a":1}' });
  });
});
