import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FinishedAnswer } from '../../../server/answers/finished-answer.ts';
import { createCallRecord } from '../../../server/calls/call.ts';
import { CHAT_CHUNKS, ChunkStore } from '../../../server/chat/chunks/chunk-store.ts';
import { anyClaudeMessage, anyPlan } from '../../support/arbitrary-claude-message.ts';
import { toEvents } from '../../support/claude-events.ts';
import { chunksOf } from '../../support/translated.ts';

const streams = fc
  .tuple(anyClaudeMessage, anyPlan, fc.boolean())
  .map(([message, plan, includeUsage]) => chunksOf(toEvents(message, { pieceSize: 7 }), { plan, includeUsage }));

it('gives the same chunks under the same numbers once it was kept as bytes', () => {
  fc.assert(
    fc.property(streams, fc.nat(), fc.boolean(), (chunks, anyNumber, isLong) => {
      const log = new ChunkStore();
      for (const chunk of chunks) log.push(chunk);
      const dropped = anyNumber % (chunks.length + 1);
      log.releaseBefore(dropped);
      const record = { ...createCallRecord(), model: 'claude-é' };
      const opened = new FinishedAnswer(
        'owner',
        CHAT_CHUNKS,
        { record, items: log.pack(), bytes: isLong ? 1_000_000 : log.bytes },
        undefined,
      ).open();
      const again = CHAT_CHUNKS.unpack(opened.items);
      expect(opened.record).toEqual(record);
      expect([again.first, again.end, again.bytes]).toEqual([dropped, chunks.length, log.bytes]);
      expect(chunks.map((_, number) => JSON.stringify(again.at(number)?.chunk))).toEqual(
        chunks.map((chunk, number) => (number < dropped ? undefined : JSON.stringify(chunk))),
      );
      expect(again.releaseBefore(again.end)).toBe(log.bytes);
    }),
    { numRuns: 200 },
  );
});
