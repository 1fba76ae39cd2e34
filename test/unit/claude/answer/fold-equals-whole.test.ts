import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatCompletionChunk } from '../../../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../../../shared/chat-completion.ts';
import { foldChunks } from '../../../../shared/fold-chunks.ts';
import type { Notice } from '../../../../shared/notice.ts';
import { anyClaudeMessage, anyPlan, withNoise } from '../../../support/arbitrary-claude-message.ts';
import { toEvents } from '../../../support/claude-events.ts';
import { chunksOf, completionOf, ENVELOPE } from '../../../support/translated.ts';

const NOTICE: Notice = { param: 'seed', action: 'ignored', message: 'Claude does not sample by seed' };

const streamed = anyClaudeMessage.chain((message) =>
  fc.record({
    message: fc.constant(message),
    events: fc.integer({ min: 1, max: 40 }).chain((pieceSize) => withNoise(toEvents(message, { pieceSize }))),
    includeUsage: fc.boolean(),
    notices: fc.constantFrom<Notice[]>([], [NOTICE]),
  }),
);

function withoutUsage(completion: ChatCompletion): ChatCompletion {
  const copy = { ...completion };
  delete copy.usage;
  return copy;
}

function choicesOf(chunks: readonly ChatCompletionChunk[]): ChatCompletionChunk['choices'] {
  return chunks.flatMap((chunk) => chunk.choices);
}

describe('a streamed answer', () => {
  it('folds into the completion of the same whole answer, however it is cut up', () => {
    fc.assert(
      fc.property(streamed, ({ message, events, includeUsage, notices }) => {
        const whole = completionOf(message, { notices });
        const folded = foldChunks(chunksOf(events, { includeUsage, notices, model: message.model }));
        expect(folded).toStrictEqual(includeUsage ? whole : withoutUsage(whole));
      }),
      { numRuns: 500 },
    );
  });

  it('folds into the whole one whatever its calls, its JSON and its thinking are turned into', () => {
    fc.assert(
      fc.property(streamed, anyPlan, ({ message, events }, plan) => {
        const folded = foldChunks(chunksOf(events, { plan }));
        // Read from JSON, as Claude's own is: what its searches found travels whole.
        expect(folded).toStrictEqual(completionOf(JSON.parse(JSON.stringify(message)) as object, { plan }));
      }),
      { numRuns: 1000 },
    );
  });

  it('names the role in its first chunk and in no other', () => {
    fc.assert(
      fc.property(streamed, ({ events }) => {
        const [first, ...others] = choicesOf(chunksOf(events));
        expect(first?.delta.role).toBe('assistant');
        expect(others.filter(({ delta }) => 'role' in delta)).toEqual([]);
      }),
    );
  });

  it('finishes once, in its last choice chunk, which says nothing else', () => {
    fc.assert(
      fc.property(streamed, ({ events }) => {
        const choices = choicesOf(chunksOf(events));
        expect(choices.findIndex((choice) => choice.finish_reason !== null)).toBe(choices.length - 1);
        expect(choices.at(-1)?.delta).toEqual({});
      }),
    );
  });

  it('keeps one id, one created and one model throughout', () => {
    fc.assert(
      fc.property(streamed, ({ message, events, includeUsage }) => {
        for (const chunk of chunksOf(events, { includeUsage })) {
          expect(chunk).toMatchObject({ ...ENVELOPE, object: 'chat.completion.chunk', model: message.model });
        }
      }),
    );
  });

  it('says usage only when asked to: null until a last chunk without choices', () => {
    fc.assert(
      fc.property(streamed, ({ message, events, includeUsage, notices }) => {
        const chunks = chunksOf(events, { includeUsage, notices });
        if (!includeUsage) {
          expect(chunks.filter((chunk) => 'usage' in chunk || chunk.choices.length === 0)).toEqual([]);
          return;
        }
        const last = chunks.pop();
        expect(last).toMatchObject({ choices: [], usage: completionOf(message).usage });
        expect(chunks.filter((chunk) => chunk.usage !== null || chunk.choices.length === 0)).toEqual([]);
      }),
    );
  });

  it('carries the notices on its last chunk alone', () => {
    fc.assert(
      fc.property(streamed, ({ events, includeUsage }) => {
        const chunks = chunksOf(events, { includeUsage, notices: [NOTICE] });
        expect(chunks.filter((chunk) => 'notices' in chunk)).toEqual([chunks.at(-1)]);
      }),
    );
  });

  it('joins the pieces of each call into JSON, id and name first', () => {
    fc.assert(
      fc.property(streamed, ({ message, events }) => {
        const calls = new Map<number, string>();
        for (const { index, id, function: called } of choicesOf(chunksOf(events)).flatMap(
          ({ delta }) => delta.tool_calls ?? [],
        )) {
          expect(id !== undefined && called?.name !== undefined).toBe(!calls.has(index));
          calls.set(index, (calls.get(index) ?? '') + called?.arguments);
        }
        const inputs = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.input] : []));
        expect([...calls.keys()]).toEqual(inputs.map((_, index) => index));
        const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect([...calls.values()].map((text) => JSON.parse(text) as unknown)).toEqual(inputs.map(asJson));
      }),
    );
  });

  it('has no empty pieces of text', () => {
    fc.assert(
      fc.property(streamed, ({ message, events }) => {
        const texts = choicesOf(chunksOf(events)).flatMap(({ delta }) => (delta.role ? [] : [delta.content]));
        const empty = texts.filter((text) => text === '');
        expect(empty.length).toBeLessThanOrEqual(completionOf(message).choices[0]?.message.content === '' ? 1 : 0);
      }),
    );
  });
});
