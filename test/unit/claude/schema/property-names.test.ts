import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { KeyRenamer, renameKeys } from '../../../../server/claude/schema/key-renamer.ts';
import { namesToSend, withNames } from '../../../../server/claude/schema/property-names.ts';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf, type TranslatedRequest } from '../../../support/translated.ts';

const LONG = 'settings__approved__or__denied__countries__or__regions__approved__list';
const CLAUDE_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;

function sentWith(parameters: object, more: object = {}, strict = false): TranslatedRequest {
  const request = {
    model: 'claude-sonnet-5-5',
    messages: [{ role: 'user', content: 'x' }],
    tools: [{ type: 'function', function: { name: 'search', parameters, strict } }],
    ...more,
  };
  const sent = claudeRequestOf(request as ChatCompletionRequest);
  expect(refusalOf(sent.body, sent.version)).toBeNull();
  return sent;
}

describe('an argument whose name Claude refuses', () => {
  test.each(['$top', 'größe', 'a b', 'items[]', '', LONG, '名前'])(
    'is sent under another, with a notice: %s',
    (name) => {
      const parameters = { type: 'object', properties: { [name]: { type: 'string' } }, required: [name] };
      const { body, notices } = sentWith(parameters);
      const [tool] = body.tools as unknown as { input_schema: { properties: object; required: string[] } }[];
      const [sent = ''] = Object.keys(tool!.input_schema.properties);
      expect(sent).toMatch(CLAUDE_NAME);
      expect(tool!.input_schema.required).toEqual([sent]);
      expect(JSON.stringify(tool!.input_schema.properties)).toContain(
        JSON.stringify(JSON.stringify(name)).slice(1, -1),
      );
      expect(notices).toMatchObject([{ param: 'tools[0].function.parameters', action: 'emulated' }]);
    },
  );

  it('is so in a strict tool, and strict mode takes it', () => {
    const properties = { $top: { type: 'integer' }, ok: { type: 'string' } };
    const parameters = { type: 'object', properties, required: ['$top', 'ok'], additionalProperties: false };
    const { body } = sentWith(parameters, {}, true);
    expect(body.tools).toMatchObject([{ strict: true, input_schema: { required: ['_top', 'ok'] } }]);
    const tools = [{ type: 'function' as const, function: { name: 'search', parameters, strict: true } }];
    const request = { model: 'claude-sonnet-5-5', messages: [{ role: 'user' as const, content: 'x' }], tools };
    expect(() => claudeRequestOf(request, { strict: true })).not.toThrow();
  });

  it('has that name wherever the schema says something of it, and names further down stay', () => {
    const schema = {
      type: 'object',
      properties: { 'a b': { properties: { 'a b': {} } }, c: { $ref: '#/properties/a%20b/properties/a%20b' } },
      required: ['a b'],
      dependentRequired: { 'a b': ['c'] },
      if: { required: ['a b'] },
      not: { properties: { 'a b': { const: 1 } } },
    };
    expect(withNames(schema, namesToSend(schema)!)).toEqual({
      type: 'object',
      properties: {
        a_b: { properties: { 'a b': {} }, description: '(named "a b")' },
        c: { $ref: '#/properties/a_b/properties/a%20b' },
      },
      required: ['a_b'],
      dependentRequired: { a_b: ['c'] },
      if: { required: ['a_b'] },
      not: { properties: { a_b: { const: 1 } } },
    });
  });

  it('has it in the calls of a history, numbers as they are written', () => {
    const parameters = { type: 'object', properties: { $top: {}, größe: {} } };
    const args = '{"größe": 12345678901234567890, "$top": {"$top": 1}}';
    const calls = [{ id: 'a', type: 'function', function: { name: 'search', arguments: args } }];
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'a', content: 'r' },
    ];
    const { body } = sentWith(parameters, { messages });
    const { content } = body.messages[1]!;
    expect(content).toMatchObject([{ input: { text: '{"gr__e": 12345678901234567890, "_top": {"$top": 1}}' } }]);
  });
});

test('names to send are all different, and none that is there already', () => {
  const name = fc.oneof(
    fc.constantFrom('a b', 'a_b', 'a$b', 'ä', '_', '__', 'x'.repeat(65), 'x'.repeat(66)),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), (all) => {
      const schema = {
        properties: Object.fromEntries(all.filter((one) => one !== '__proto__').map((one) => [one, {}])),
      };
      const names = namesToSend(schema);
      const sent = Object.keys(schema.properties).map((one) => names?.get(one) ?? one);
      expect(new Set(sent).size).toBe(sent.length);
      for (const one of sent) expect(one).toMatch(CLAUDE_NAME);
    }),
  );
});

const NAMES = new Map([
  ['_top', '$top'],
  ['gr__e', 'größe'],
  ['a', 'a"\\b'],
]);
/** Without -0, which JSON.stringify writes as 0. */
const value = fc.jsonValue({ maxDepth: 2 }).map((one): unknown => JSON.parse(JSON.stringify(one)));
const input = fc.dictionary(fc.constantFrom('_top', 'gr__e', 'a', 'other', 'x"y\\'), value);

describe('keys that are renamed in a JSON text', () => {
  it('are those of the outermost object, wherever the text is cut', () => {
    fc.assert(
      fc.property(
        input,
        fc.array(fc.nat(60), { maxLength: 8 }),
        fc.constantFrom(undefined, 1),
        (asked, cuts, indent) => {
          const json = JSON.stringify({ ...asked, deep: { _top: [asked] } }, undefined, indent);
          const expected = Object.entries(asked).map(([key, entry]) => [NAMES.get(key) ?? key, entry]);
          expect(JSON.parse(renameKeys(json, NAMES))).toEqual({
            ...(Object.fromEntries(expected) as object),
            deep: { _top: [asked] },
          });
          const renamer = new KeyRenamer(NAMES);
          const places = [
            0,
            ...cuts.map((cut) => cut % (json.length + 1)).sort((left, right) => left - right),
            json.length,
          ];
          const pieces = places.slice(1).map((end, index) => renamer.push(json.slice(places[index], end)));
          expect(pieces.join('') + renamer.end()).toBe(renameKeys(json, NAMES));
        },
      ),
    );
  });

  it('lose nothing of a text that is cut short, or is no object', () => {
    expect(renameKeys('{"_top":1,"gr_', NAMES)).toBe('{"$top":1,"gr_');
    expect(renameKeys('{"\\u005ftop":1}', NAMES)).toBe('{"$top":1}');
    for (const text of ['["_top","a"]', '"_top"', '', 'a: {"b": 1}']) expect(renameKeys(text, NAMES)).toBe(text);
  });
});
