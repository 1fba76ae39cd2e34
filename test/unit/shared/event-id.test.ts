import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { beforeFirst, formatEventId, parseEventId } from '../../../shared/event-id.ts';

it('reads what it writes, whatever the id', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((id) => !/[\n\r\u2028\u2029]/.test(id)),
      fc.nat(),
      (id, number) => {
        expect(parseEventId(formatEventId(id, number))).toEqual({ id, number });
        expect(parseEventId(beforeFirst(id))).toEqual({ id, number: -1 });
      },
    ),
  );
});

it.each(['', 'chatcmpl-1', 'chatcmpl-1:', 'chatcmpl-1:-2', 'chatcmpl-1:1.5', ':3', 'chatcmpl-1:1 '])(
  'takes %j for no name of a chunk',
  (text) => expect(parseEventId(text)).toBeUndefined(),
);
