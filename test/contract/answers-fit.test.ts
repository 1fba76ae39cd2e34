import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { ChatCompletion } from '../../shared/chat-completion.ts';
import { anyClaudeMessage, anyPlan, withNoise } from '../support/arbitrary-claude-message.ts';
import { toEvents } from '../support/claude-events.ts';
import { chunksOf, completionOf } from '../support/translated.ts';

// The server does not validate what it made itself at each answer; this does it in its place.
it('whatever Claude answers, the completion and each chunk are what the contract says', () => {
  const answers = anyClaudeMessage.chain((message) =>
    fc.record({
      message: fc.constant(message),
      events: fc.integer({ min: 1, max: 40 }).chain((pieceSize) => withNoise(toEvents(message, { pieceSize }))),
      plan: anyPlan,
      includeUsage: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(answers, ({ message, events, plan, includeUsage }) => {
      const completion = completionOf(message, { plan });
      expect(ChatCompletion.parse(completion)).toEqual(completion);
      for (const chunk of chunksOf(events, { plan, includeUsage }))
        expect(ChatCompletionChunk.parse(chunk)).toEqual(chunk);
    }),
    { numRuns: 300 },
  );
});
