import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { keepInputs } from '../../../server/claude/answer/raw-inputs.ts';
import type { ClaudeMessage } from '../../../server/claude/messages-api.ts';
import { jsonOf, keepText, RawJson } from '../../../server/claude/raw-json.ts';
import { serialize } from '../../../server/upstream/serialize.ts';

// JavaScript rounds an integer beyond 2^53, writes 1.0 as 1, and sorts keys that are numbers.

const TEXTS = [
  '{"channel_id":1234567890123456789}',
  '{"a":-12345678901234567890,"b":[0.12345678901234567890]}',
  '{"price":1.0,"tiny":1e-7,"zero":-0}',
  '{"2":"b","1":"a"}',
  '{ "n" : 9007199254740993 , "s" : "\\ud83d\\ude00 \\\\ud83d \\u00e4" }',
];

describe('a JSON text that JavaScript would change', () => {
  test.each(TEXTS)('is written as it was read: %s', (text) => {
    const value = keepText(text, JSON.parse(text));
    expect(value).toBeInstanceOf(RawJson);
    expect(jsonOf(value)).toBe(text);
    const written = serialize({ input: value, text: 'x' });
    expect(JSON.parse(written)).toEqual({ input: JSON.parse(text) as unknown, text: 'x' });
    expect(written).not.toContain('raw-');
    expect(written.length).toBeGreaterThan(text.length);
  });

  it('keeps each digit of its numbers on the way to Claude', () => {
    const [text = ''] = TEXTS;
    expect(serialize({ input: keepText(text, JSON.parse(text)) })).toBe(`{"input":${text}}`);
  });

  it('is its parsed value wherever it is not sent', () => {
    const [text = ''] = TEXTS;
    expect(JSON.stringify([keepText(text, JSON.parse(text))])).toBe(JSON.stringify([JSON.parse(text)]));
  });
});

test('a JSON text that comes out as it went in is not kept beside its value', () => {
  for (const text of ['{}', '{"a":1,"b":[0.5,"x 1.0"],"c":5e-324}'])
    expect(keepText(text, JSON.parse(text))).not.toBeInstanceOf(RawJson);
});

/** JSON with any white space, numbers of any length, and strings full of what ends strings. */
const { value: anyJson } = fc.letrec<{ value: string }>((tie) => {
  const space = fc.constantFrom('', ' ', '\n\t');
  const key = fc.constantFrom('a', 'input', 'content', '1', '}]"\\').map((name) => JSON.stringify(name));
  const list = (item: fc.Arbitrary<string>, open: string, close: string): fc.Arbitrary<string> =>
    fc
      .tuple(space, fc.array(item, { maxLength: 3 }))
      .map(([gap, all]) => `${open}${gap}${all.join(`${gap},`)}${close}`);
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('null', 'true', '0', '-0', '1.0', '1e400', '12345678901234567890'),
      fc.constantFrom('"', '\\', '}', ']', ',').map((text) => JSON.stringify(`a${text}`)),
      list(tie('value'), '[', ']'),
      list(
        fc.tuple(key, space, tie('value')).map(([name, gap, value]) => `${name}${gap}:${gap}${value}`),
        '{',
        '}',
      ),
    ),
  };
});

test('the inputs of a whole answer are found whatever stands around them', () => {
  fc.assert(
    fc.property(fc.array(anyJson, { maxLength: 3 }), anyJson, (inputs, other) => {
      const blocks = inputs.map((input) => `{"type":"tool_use","x":${other},"input" : ${input}}`);
      const json = `{"x":${other},"content":[ ${[...blocks, '{"type":"text"}'].join(' , ')}],"y":{"content":${other}}}`;
      const message = JSON.parse(json) as ClaudeMessage;
      keepInputs(message, json);
      for (const [index, input] of inputs.entries()) {
        const kept = message.content[index]!.input;
        expect(kept instanceof RawJson ? kept.text : kept).toEqual(kept instanceof RawJson ? input : JSON.parse(input));
        if (input.includes('12345678901234567890')) expect(kept).toBeInstanceOf(RawJson);
      }
    }),
  );
});
