import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkJson } from '../../../server/chat/chunks/chunk-json.ts';
import { ChunkStore } from '../../../server/chat/chunks/chunk-store.ts';
import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import { anyClaudeMessage, anyPlan, withNoise } from '../../support/arbitrary-claude-message.ts';
import { toEvents } from '../../support/claude-events.ts';
import { chunksOf } from '../../support/translated.ts';

const chunk = (change: object = {}): ChatCompletionChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'claude-sonnet-5-5',
  choices: [{ index: 0, delta: { content: 'Hello' }, logprobs: null, finish_reason: null }],
  ...change,
});

const written = (chunks: readonly ChatCompletionChunk[]): string[] => {
  const [json, log] = [new ChunkJson(), new ChunkStore()];
  for (const one of chunks) log.push(one);
  return chunks.map((_, number) => json.write(log.at(number)!));
};

const streams = fc.record({
  events: anyClaudeMessage.chain((message) =>
    fc.integer({ min: 1, max: 40 }).chain((pieceSize) => withNoise(toEvents(message, { pieceSize }))),
  ),
  plan: anyPlan,
  includeUsage: fc.boolean(),
});

describe('the JSON of kept chunks', () => {
  it('is that of JSON.stringify, for every stream', () => {
    fc.assert(
      fc.property(fc.array(streams, { minLength: 1, maxLength: 3 }), (several) => {
        const chunks = several.flatMap(({ events, plan, includeUsage }) => chunksOf(events, { plan, includeUsage }));
        expect(written(chunks)).toEqual(chunks.map((one) => JSON.stringify(one)));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['an id', { id: 'chatcmpl-2' }],
    ['a model', { model: 'claude-"content":""' }],
    ['a time', { created: 2 }],
    ['usage that is still unknown', { usage: null }],
    ['notices', { notices: [{ param: 'seed', action: 'ignored', message: 'no seed' }] }],
    ['a choice', { choices: [{ index: 1, delta: { content: 'Hello' }, logprobs: null, finish_reason: null }] }],
    ['an end', { choices: [{ index: 0, delta: { content: 'x' }, logprobs: null, finish_reason: 'stop' }] }],
    [
      'a role',
      { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }] },
    ],
    ['no text', { choices: [{ index: 0, delta: { content: null }, logprobs: null, finish_reason: null }] }],
    ['no choice', { choices: [] }],
  ] as [string, object][])('is not mixed up by a chunk with %s of its own', (_what, change) => {
    const chunks = [chunk(), chunk(change), chunk()];
    expect(written(chunks)).toEqual(chunks.map((one) => JSON.stringify(one)));
  });

  it('escapes text as JSON does', () => {
    const text = '"\\\n\u2028\ud800\u{1f600}';
    const odd = chunk({ choices: [{ index: 0, delta: { content: text }, logprobs: null, finish_reason: null }] });
    expect(written([odd])).toEqual([JSON.stringify(odd)]);
  });
});
