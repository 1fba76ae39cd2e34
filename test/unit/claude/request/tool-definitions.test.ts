import { describe, expect, it, test } from 'vitest';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf, type TranslatedRequest } from '../../../support/translated.ts';

const string = { type: 'string' };

function translate(fields: object): TranslatedRequest {
  const base = { model: 'claude-opus-4-8', messages: [{ role: 'user', content: 'Hello' }] };
  return claudeRequestOf({ ...base, ...fields } as ChatCompletionRequest);
}

/** The schema that Claude gets for a function's parameters, and the notices on it. */
function schemaOf(parameters: object, strict = false): { schema: Record<string, unknown>; notices: string[] } {
  const sent = translate({ tools: [{ type: 'function', function: { name: 'look', parameters, strict } }] });
  expect(refusalOf(sent.body, sent.version)).toBeNull();
  const [tool] = sent.body.tools!;
  return {
    schema: (tool as { input_schema: Record<string, unknown> }).input_schema,
    notices: sent.notices.map(({ param }) => param),
  };
}

describe("a tool's name that Claude refuses is a 400 that names the field", () => {
  const named = (name: string) => ({ type: 'function', function: { name } });
  const free = (name: string) => ({ type: 'custom', custom: { name } });

  test.each<[string, object, string]>([
    ['a second of two functions', { tools: [named('a'), named('b'), named('a')] }, 'tools[2].function.name'],
    ['a custom tool named as a function', { tools: [named('a'), free('a')] }, 'tools[1].custom.name'],
    ['a function named as a custom tool', { tools: [free('a'), named('a')] }, 'tools[1].function.name'],
    ['a second of two legacy functions', { functions: [{ name: 'a' }, { name: 'a' }] }, 'functions[1].name'],
  ])('%s', (_name, fields, param) => {
    expect(() => translate(fields)).toThrow(
      expect.objectContaining({ status: 400, param, message: "There is more than one tool named 'a'" }),
    );
  });

  test.each(['', ' ', 'two words', 'a.b', 'größe', 'a/b', 'x'.repeat(65), 'a\n'])('%j', (name) => {
    const fault = (param: string): unknown =>
      expect.objectContaining({ status: 400, param, message: expect.stringMatching(/^Tool names are 1 to 64 /) });
    expect(() => translate({ tools: [named('ok'), named(name)] })).toThrow(fault('tools[1].function.name'));
    expect(() => translate({ tools: [free(name)] })).toThrow(fault('tools[0].custom.name'));
    expect(() => translate({ functions: [{ name }] })).toThrow(fault('functions[0].name'));
  });

  test.each(['a', 'A-1_z', 'x'.repeat(64), 'toString', '__proto__'])('but %j is taken', (name) => {
    expect(translate({ tools: [named(name)] }).body.tools).toMatchObject([{ name }]);
  });
});

describe('a schema reaches Claude byte for byte', () => {
  const odd =
    '{"type":"object","title":"Z","properties":{"zeta":{"description":"d","type":"string"},"alpha":{"enum":["b","a"],"x-ui":{"q":1,"b":2}},"m":{"type":"object","properties":{"y":{},"x":true}}},"required":["zeta","alpha"],"additionalProperties":false,"$comment":"kept"}';

  it('whatever the order of its keys (pitfall 36)', () => {
    expect(JSON.stringify(schemaOf(JSON.parse(odd) as object))).toBe(`{"schema":${odd},"notices":[]}`);
  });

  it('but for the type that it lacks', () => {
    expect(JSON.stringify(schemaOf({ properties: { b: string, a: string } }).schema)).toBe(
      '{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}}}',
    );
  });

  test.each([undefined, null, {}])('and %j is a tool without arguments', (parameters) => {
    const sent = translate({ tools: [{ type: 'function', function: { name: 'look', parameters } }] });
    expect(sent.body.tools).toMatchObject([{ input_schema: { type: 'object', properties: {} } }]);
  });
});

describe('a choice at the root, which Claude does not take there', () => {
  const merged = (parameters: object) => {
    const { schema, notices } = schemaOf(parameters);
    expect(notices).toEqual(['tools[0].function.parameters']);
    const { description, ...rest } = schema;
    expect(description).toContain('(must also match: {');
    return rest;
  };

  it('allOf has the properties of its branches, and requires what each of them requires', () => {
    const allOf = [
      { properties: { a: string }, required: ['a'] },
      { properties: { b: { type: 'integer' } }, required: ['b', 'a'] },
    ];
    expect(merged({ type: 'object', properties: { own: string }, required: ['own'], allOf })).toEqual({
      type: 'object',
      properties: { a: string, b: { type: 'integer' }, own: string },
      required: ['own', 'a', 'b'],
    });
  });

  it.each(['anyOf', 'oneOf'])(
    '%s has the properties of its branches, and requires what all of them require',
    (choice) => {
      const branches = [
        { type: 'object', properties: { kind: { const: 'a' }, size: string }, required: ['kind', 'size'] },
        { type: 'object', properties: { kind: { const: 'b' }, weight: string }, required: ['weight', 'kind'] },
      ];
      expect(merged({ [choice]: branches })).toEqual({
        type: 'object',
        properties: { kind: { anyOf: [{ const: 'a' }, { const: 'b' }] }, size: string, weight: string },
        required: ['kind'],
      });
    },
  );

  it('may refer to definitions', () => {
    const $defs = { base: { type: 'object', properties: { a: string }, required: ['a'] } };
    expect(merged({ allOf: [{ $ref: '#/$defs/base' }, { properties: { a: { minLength: 2 } } }], $defs })).toEqual({
      type: 'object',
      properties: { a: { allOf: [string, { minLength: 2 }] } },
      required: ['a'],
      $defs,
    });
  });

  it('keeps its words before the description of the choice', () => {
    const { schema } = schemaOf({ description: 'A place.', anyOf: [{ required: ['a'] }] });
    expect(schema['description']).toBe('A place. (must also match: {"anyOf":[{"required":["a"]}]})');
  });

  it('is held to by a strict tool, what its branches require included', () => {
    const closed = { type: 'object', properties: { a: string }, required: ['a'], additionalProperties: false };
    const sent = translate({
      tools: [{ type: 'function', function: { name: 'look', strict: true, parameters: { allOf: [closed] } } }],
    });
    expect(refusalOf(sent.body, sent.version)).toBeNull();
    expect(sent.body.tools).toMatchObject([
      { strict: true, input_schema: { properties: { a: string }, required: ['a'] } },
    ]);
  });
});

describe('parameters that no request of JSON can hold are a 400 that names the field', () => {
  const deep = (): object => {
    let schema: object = string;
    for (let depth = 0; depth < 200; depth += 1) schema = { properties: { a: schema } };
    return { type: 'object', ...schema };
  };
  const cyclic = (): object => {
    const schema: Record<string, unknown> = { type: 'object' };
    schema['properties'] = { child: schema };
    return schema;
  };

  test.each<[string, object, string]>([
    ['a BigInt', { type: 'object', properties: { n: { type: 'integer', maximum: 9n } } }, 'BigInt'],
    ['one level too many', deep(), 'levels deep'],
    ['a schema that holds itself', cyclic(), 'levels deep'],
  ])('%s', (_name, parameters, message) => {
    const fault = (param: string): unknown =>
      expect.objectContaining({ status: 400, param, message: expect.stringContaining(message) });
    expect(() => schemaOf(parameters)).toThrow(fault('tools[0].function.parameters'));
    expect(() => translate({ functions: [{ name: 'a', parameters }] })).toThrow(fault('functions[0].parameters'));
    const format = { type: 'json_schema', json_schema: { name: 'a', schema: parameters } };
    expect(() => translate({ response_format: format })).toThrow(fault('response_format.json_schema.schema'));
  });
});
