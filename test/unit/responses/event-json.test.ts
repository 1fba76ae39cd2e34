import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberedEvent, RESPONSE_EVENTS } from '../../../server/responses/event-format.ts';
import { anyClaudeMessage } from '../../support/arbitrary-claude-message.ts';
import { toEvents } from '../../support/claude-events.ts';
import { responseEventsOf } from '../../support/translated-response.ts';

test('events are written as JSON.stringify writes them', () => {
  fc.assert(
    fc.property(anyClaudeMessage, (message) => {
      const json = RESPONSE_EVENTS.createJson();
      for (const event of responseEventsOf(toEvents(message, { pieceSize: 3 })))
        expect(json.write(new NumberedEvent(event))).toBe(JSON.stringify(event));
    }),
  );
});
