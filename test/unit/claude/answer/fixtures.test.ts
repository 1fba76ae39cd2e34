import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AnswerPlan, PLAIN_ANSWER } from '../../../../server/claude/answer/answer-plan.ts';
import { MessageAccumulator } from '../../../../server/claude/message-accumulator.ts';
import type { ClaudeEvent } from '../../../../server/claude/messages-api.ts';
import { ChatCompletionChunk } from '../../../../shared/chat-chunk.ts';
import { ChatCompletion, type Choice } from '../../../../shared/chat-completion.ts';
import { foldChunks } from '../../../../shared/fold-chunks.ts';
import { chunksOf, completionOf } from '../../../support/translated.ts';

/** An answer of Claude's, whole and as events, and what it is to become. */
interface Fixture {
  about: string;
  /** What differs from an answer that is given back as it is. */
  plan?: Partial<Omit<AnswerPlan, 'customTools'>> & { customTools?: string[] };
  /** Absent where Claude would never give the answer whole. */
  message?: { content: object[] };
  events: ClaudeEvent[];
  choice: Choice;
}

const DIRECTORY = new URL('../../../fixtures/claude/', import.meta.url);
const FIXTURES = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const fixture = JSON.parse(readFileSync(new URL(name, DIRECTORY), 'utf8')) as Fixture;
    const plan: AnswerPlan = { ...PLAIN_ANSWER, ...fixture.plan, customTools: new Set(fixture.plan?.customTools) };
    return { ...fixture, name: name.replace('.json', ''), plan };
  });
const WHOLE = FIXTURES.flatMap(({ message, ...fixture }) => (message ? [{ ...fixture, message }] : []));

test('there is a fixture for every kind of block', () => {
  const kinds = FIXTURES.flatMap(({ events }) => events.map(({ content_block: block }) => block?.type));
  expect([...new Set(kinds)]).toEqual(
    expect.arrayContaining([
      'text',
      'thinking',
      'redacted_thinking',
      'tool_use',
      'server_tool_use',
      'web_search_tool_result',
      'fallback',
    ]),
  );
});

describe('whole', () => {
  test.each(WHOLE)('$name: $about', ({ message, plan, choice }) => {
    const completion = completionOf(message, { plan });
    expect(completion.choices).toStrictEqual([choice]);
    expect(ChatCompletion.parse(completion)).toEqual(completion);
  });
});

describe('streamed', () => {
  test.each(FIXTURES)('$name: $about', ({ events, plan, choice }) => {
    const chunks = chunksOf(events, { plan });
    expect(foldChunks(chunks).choices).toStrictEqual([choice]);
    for (const chunk of chunks) expect(ChatCompletionChunk.parse(chunk)).toEqual(chunk);
  });

  test.each(WHOLE)('$name comes to the same tokens and tier as whole', ({ events, message, plan }) => {
    expect(foldChunks(chunksOf(events, { plan }))).toStrictEqual(completionOf(message, { plan }));
  });

  test.each(WHOLE)('$name is put together again as Claude would take it back', ({ events, message }) => {
    const accumulator = new MessageAccumulator();
    for (const event of events) accumulator.push(event);
    expect(accumulator.take()).toEqual(message.content);
  });
});
