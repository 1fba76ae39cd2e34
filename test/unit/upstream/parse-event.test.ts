import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../server/upstream/parse-event.ts';

const delta = (index: unknown, change: object): string =>
  JSON.stringify({ type: 'content_block_delta', index, delta: { type: 'text_delta', ...change } });

const anyKind = fc.constantFrom<[type: string, field: string]>(
  ['text_delta', 'text'],
  ['input_json_delta', 'partial_json'],
  ['thinking_delta', 'thinking'],
  ['signature_delta', 'signature'],
  ['text_delta', 'thinking'],
);

describe("an event of Claude's", () => {
  it('is what JSON.parse makes of it, whatever its text', () => {
    fc.assert(
      fc.property(fc.nat(99_999), fc.string({ unit: 'binary' }), anyKind, (index, text, [type, field]) => {
        const data = delta(index, { type, [field]: text });
        expect(parseEvent(data)).toEqual(JSON.parse(data));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    delta(0, { text: 'a', citations: [{ text: 'b' }] }),
    delta(0, { text: 'a', more: { text: 'b' } }),
    delta(0, { text: null, more: { text: 'b' } }),
    delta(0, { more: { text: ',"delta":{"type":"text_delta","text":"b' } }),
    delta(0, { type: 'thinking_delta', thinking: 'a', estimated_tokens: 3 }),
    delta(0, { type: 'thinking_delta', thinking: 'a', more: 'b' }),
    delta(-1, { text: 'a' }),
    delta(null, { text: 'a' }),
    `${delta(0, { text: 'a' })}   `,
    delta(0, { text: 'a' }).replaceAll(':', ' : '),
    delta(0, { text: 'a' }).replace('"a"', String.raw`"\u0061\ud83d\ude00"`),
    delta(0, { text: '"}}' }),
    JSON.stringify({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } }),
  ])('is read as it stands: %s', (data) => {
    expect(parseEvent(data)).toEqual(JSON.parse(data));
  });

  it.each([
    delta('0,"delta":{"type":"text_delta","text":"x', { text: 'a' }),
    delta(1.5, { text: 'a' }),
    delta(0, { text: 5 }),
    delta(0, { type: 'input_json_delta', partial_json: {} }),
    '{"type":"content_block_start","index":0,"content_block":{"type":"text","citations":5}}',
    '{"type":"message_start","message":{"usage":{"input_tokens":"many"}}}',
    '{"type":5}',
    'null',
    '[]',
  ])("is refused when it is none of Claude's: %s", (data) => {
    expect(() => parseEvent(data)).toThrow(SyntaxError);
  });

  it.each(['{"type":"ping","delta":5}', '{"type":"weather","content_block":[1]}', delta(0, { type: 'new', text: 5 })])(
    'may be of a kind that is not known: %s',
    (data) => {
      expect(parseEvent(data)).toEqual(JSON.parse(data));
    },
  );

  it.each([
    delta(0, { text: 'a' }).slice(0, -1),
    delta(0, { text: 'a' }).replace('"a"', '"a""b"'),
    delta(0, { text: 'a' }).replace('"a"', '"a\n"'),
    delta(0, { text: 'a' }).replace('"index":0', '"index":00'),
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"}}',
    '',
  ])('is refused when it is no JSON: %j', (data) => {
    expect(() => JSON.parse(data) as unknown).toThrow(SyntaxError);
    expect(() => parseEvent(data)).toThrow(SyntaxError);
  });
});
