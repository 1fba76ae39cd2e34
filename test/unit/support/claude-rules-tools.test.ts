import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../support/claude-rules.ts';

const tool = { name: 'f', input_schema: { type: 'object', properties: {} } };
const user = { role: 'user', content: 'hi' };
const search = { type: 'web_search_20250305', name: 'web_search' };

function message(changes: object): string | null {
  const body = { model: 'claude-opus-5', max_tokens: 2000, messages: [user], tools: [tool], ...changes };
  return refusalOf(body, '2026-10-21')?.message ?? null;
}

function verdict(found: string | null, expected: string | null): void {
  if (expected === null) expect(found).toBeNull();
  else expect(found).toContain(expected);
}

function call(id: string): object {
  return { type: 'tool_use', id, name: 'f', input: {} };
}

function result(id: string, content: unknown = 'ok'): object {
  return { type: 'tool_result', tool_use_id: id, content };
}

function history(calls: object[], ...rest: object[]): object {
  return { messages: [user, { role: 'assistant', content: calls }, ...rest] };
}

function fromUser(...content: object[]): object {
  return { role: 'user', content };
}

const text = { type: 'text', text: 'and?' };
const unanswered = 'tool_use ids were found without tool_result blocks immediately after';

describe('calls and results', () => {
  test.each<[string, object, string | null]>([
    ['answered', history([call('a')], fromUser(result('a'))), null],
    ['answered, text after', history([call('a')], fromUser(result('a'), text)), null],
    ['text before', history([call('a')], fromUser(text, result('a'))), unanswered],
    ['two answered at once', history([call('a'), call('b')], fromUser(result('b'), result('a'))), null],
    ['one of two', history([call('a'), call('b')], fromUser(result('a'))), `${unanswered}: b`],
    [
      'in separate user messages',
      history([call('a'), call('b')], fromUser(result('a')), fromUser(result('b'))),
      `${unanswered}: b`,
    ],
    ['a user message between', history([call('a')], user, fromUser(result('a'))), `${unanswered}: a`],
    ['never', history([call('a')]), 'does not support assistant message prefill'],
    ['orphan', { messages: [fromUser(result('a'))] }, 'unexpected tool_use_id found in tool_result blocks: a'],
    ['twice', history([call('a')], fromUser(result('a'), result('a'))), 'must have a single result'],
    ['same id', history([call('a'), call('a')], fromUser(result('a'))), '`tool_use` ids must be unique'],
    [
      'foreign id',
      history([call('call:1.a')], fromUser(result('call:1.a'))),
      "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
    ],
    ['no tools', { ...history([call('a')], fromUser(result('a'))), tools: [] }, 'must define tools'],
    ['input not an object', history([{ ...call('a'), input: '{}' }], fromUser(result('a'))), 'valid dictionary'],
    ['blank text beside a call', history([{ type: 'text', text: '\n\n' }, call('a')], fromUser(result('a'))), null],
    ['empty text beside a call', history([{ type: 'text', text: '' }, call('a')], fromUser(result('a'))), 'non-empty'],
    ['empty result', history([call('a')], fromUser(result('a', ''))), null],
    ['result with an empty block', history([call('a')], fromUser(result('a', [{ type: 'text', text: '' }]))), null],
    [
      'cache mark on an empty block',
      history([call('a')], fromUser(result('a', [{ type: 'text', text: '', cache_control: { type: 'ephemeral' } }]))),
      'cache_control cannot be set for empty text blocks',
    ],
  ])('%s', (_name, changes, expected) => {
    verdict(message(changes), expected);
  });

  test('server tools carry their own results, and a paused turn may come last', () => {
    const server = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'a' } };
    const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };
    const tools = [search];
    expect(message({ tools, ...history([server, found], user) })).toBeNull();
    expect(message({ tools, ...history([server]) })).toBeNull();
    expect(message({ tools, ...history([server], user) })).toContain('without a corresponding');
    expect(message({ tools, ...history([found], user) })).toContain('unexpected tool_use_id');
  });
});

describe('tool definitions', () => {
  function schema(changes: object): object {
    return { tools: [{ ...tool, input_schema: { ...tool.input_schema, ...changes } }] };
  }

  test.each<[string, object, string | null]>([
    ['strict and described', { tools: [{ ...tool, type: 'custom', description: 'd' }] }, null],
    ['any keyword when not strict', schema({ properties: { a: { type: 'string', minLength: 1 } } }), null],
    ['an older $schema', schema({ $schema: 'http://json-schema.org/draft-07/schema#' }), null],
    ['long name', { tools: [{ ...tool, name: 'x'.repeat(129) }] }, 'tools.0.custom.name: String should match'],
    ['dotted name', { tools: [{ ...tool, name: 'a.b' }] }, 'String should match pattern'],
    ['duplicate names', { tools: [tool, tool] }, 'tools: Tool names must be unique.'],
    ['OpenAI shape', { tools: [{ type: 'function', function: tool }] }, "Input tag 'function'"],
    ['unknown field', { tools: [{ ...tool, parameters: {} }] }, 'tools.0.custom.parameters: Extra inputs'],
    ['no schema', { tools: [{ name: 'f' }] }, 'tools.0.custom.input_schema: Field required'],
    ['no root type', { tools: [{ name: 'f', input_schema: {} }] }, 'input_schema.type: Field required'],
    ['root array', schema({ type: 'array' }), "input_schema.type: Input should be 'object'"],
    ['union at the root', schema({ anyOf: [{ required: ['a'] }] }), 'does not support oneOf, allOf, or anyOf'],
    ['odd property name', schema({ properties: { 'a b': {} } }), 'Property keys should match pattern'],
    ['odd nested property name', schema({ properties: { a: { type: 'object', properties: { 'a b': {} } } } }), null],
    ['broken schema', schema({ properties: { a: 'number' } }), 'JSON schema is invalid'],
    [
      'bad example',
      { tools: [{ ...tool, input_schema: { type: 'object', required: ['a'] }, input_examples: [{}] }] },
      'Input example',
    ],
    ['good example', { tools: [{ ...tool, input_examples: [{}] }] }, null],
    ['web search', { tools: [search, tool] }, null],
    ['newer web search', { tools: [{ ...search, type: 'web_search_20260318', max_uses: 2 }] }, null],
    ['long country', { tools: [{ ...search, user_location: { type: 'approximate', country: 'USA' } }] }, 'at most 2'],
    ['country', { tools: [{ ...search, user_location: { type: 'approximate', country: 'US' } }] }, null],
  ])('%s', (_name, changes, expected) => {
    verdict(message(changes), expected);
  });
});

describe('tool_choice', () => {
  test.each<[string, object, string | null]>([
    ['auto, one at a time', { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }, null],
    ['none', { tool_choice: { type: 'none' } }, null],
    ['none, one at a time', { tool_choice: { type: 'none', disable_parallel_tool_use: true } }, 'Extra inputs'],
    ['any', { tool_choice: { type: 'any' } }, null],
    ['named', { tool_choice: { type: 'tool', name: 'f' } }, null],
    ['unknown name', { tool_choice: { type: 'tool', name: 'g' } }, "Tool 'g' not found in provided tools"],
    ['without tools', { tools: undefined, tool_choice: { type: 'auto' } }, 'while providing tools'],
    ['a string', { tool_choice: 'auto' }, 'Input should be a valid dictionary'],
    [
      'forced while thinking by hand',
      {
        model: 'claude-sonnet-4-6',
        thinking: { type: 'enabled', budget_tokens: 1024 },
        tool_choice: { type: 'any' },
      },
      'Thinking may not be enabled',
    ],
    [
      'forced while thinking adaptively',
      { model: 'claude-sonnet-4-6', thinking: { type: 'adaptive' }, tool_choice: { type: 'any' } },
      null,
    ],
  ])('%s', (_name, changes, expected) => {
    const body = Object.fromEntries(Object.entries(changes).filter(([, field]) => field !== undefined));
    verdict(message('tools' in changes ? { tools: [], ...body } : body), expected);
  });

  test.each([
    ['claude-opus-5-5', false],
    ['claude-sonnet-5-5', false],
    ['claude-fable-5-1', false],
    ['claude-fable-5-2', false],
    ['claude-mythos-preview', false],
    ['claude-haiku-5-5', true],
    ['claude-opus-5', true],
    ['claude-sonnet-5', true],
    ['claude-fable-5', true],
    ['claude-opus-4-5', true],
  ])('forced on %s: %s', (model, accepted) => {
    verdict(
      message({ model, tool_choice: { type: 'any' } }),
      accepted ? null : 'tool_choice: type "tool" and "any" are not supported for this model.',
    );
  });
});

describe('the dialect of strict schemas', () => {
  function closedObject(properties: Record<string, object>, rest: object = {}): object {
    return {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
      ...rest,
    };
  }
  const text = { type: 'string' };

  const cases: [string, object, string | null][] = [
    ['plain', closedObject({ a: text, b: { type: ['integer', 'null'] } }), null],
    ['open object', { type: 'object', properties: {} }, "'additionalProperties' must be explicitly set to false"],
    ['open nested object', closedObject({ a: { type: 'object' } }), 'additionalProperties'],
    ['map', closedObject({}, { additionalProperties: text }), 'additionalProperties'],
    ['annotations', closedObject({ a: { ...text, title: 't', description: 'd', default: 'x' } }), null],
    ['numeric bounds', closedObject({ a: { type: 'number', minimum: 1 } }), "property 'minimum' is not supported"],
    ['length bounds', closedObject({ a: { ...text, maxLength: 1 } }), "property 'maxLength' is not supported"],
    ['maxItems', closedObject({ a: { type: 'array', items: text, maxItems: 2 } }), "property 'maxItems'"],
    ['minItems 1', closedObject({ a: { type: 'array', items: text, minItems: 1 } }), null],
    ['minItems 2', closedObject({ a: { type: 'array', items: text, minItems: 2 } }), 'minItems'],
    ['oneOf', closedObject({ a: { oneOf: [text] } }), "property 'oneOf' is not supported"],
    ['anyOf', closedObject({ a: { anyOf: [text, { type: 'null' }] } }), null],
    ['enum', closedObject({ a: { enum: ['x', 1, null, true] } }), null],
    ['enum of objects', closedObject({ a: { enum: [{}] } }), 'only scalar values'],
    ['const', closedObject({ a: { const: 'x' } }), null],
    ['no type', closedObject({ a: {} }), "Schema type 'None' is not supported"],
    ['known format', closedObject({ a: { ...text, format: 'date-time' } }), null],
    ['unknown format', closedObject({ a: { ...text, format: 'iri' } }), "format 'iri' is not supported"],
    ['pattern', closedObject({ a: { ...text, pattern: '^[a-z]+\\\\b$' } }), null],
    ['lookahead', closedObject({ a: { ...text, pattern: '^(?=a)' } }), 'lookaround'],
    ['backreference', closedObject({ a: { ...text, pattern: '(a)\\1' } }), 'backreference'],
    ['word boundary', closedObject({ a: { ...text, pattern: '\\bA' } }), 'word boundary'],
    ['$ref', closedObject({ a: { $ref: '#/$defs/A' } }, { $defs: { A: text } }), null],
    ['$ref to definitions', closedObject({ a: { $ref: '#/definitions/A' } }, { definitions: { A: text } }), null],
    ['dangling $ref', closedObject({ a: { $ref: '#/$defs/B' } }, { $defs: { A: text } }), 'cannot be resolved'],
    ['external $ref', closedObject({ a: { $ref: 'https://a.b/c' } }), 'cannot be resolved'],
    ['$ref to the root', closedObject({ a: { $ref: '#' } }), 'cannot be resolved'],
    [
      'recursion',
      closedObject({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { type: 'array', items: { $ref: '#/$defs/A' } } } }),
      'recursive schemas are not supported',
    ],
    ['allOf', closedObject({ a: { allOf: [text] } }), null],
    [
      'allOf with $ref',
      closedObject({ a: { allOf: [{ $ref: '#/$defs/A' }] } }, { $defs: { A: text } }),
      'allOf with $ref',
    ],
    ['undeclared required', { ...closedObject({}), required: ['a'] }, "required property 'a'"],
    ['boolean schema', { type: 'object', properties: { a: true }, additionalProperties: false }, 'every schema'],
    ['24 optional', { ...closedObject(many(24, text)), required: [] }, null],
    ['25 optional', { ...closedObject(many(25, text)), required: [] }, 'too many optional parameters (25)'],
    ['16 unions', closedObject(many(16, { type: ['string', 'null'] })), null],
    ['17 unions', closedObject(many(17, { anyOf: [text] })), 'too many parameters with union types (17'],
  ];

  function many(count: number, schema: object): Record<string, object> {
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, schema]));
  }

  test.each(cases)('of the answer format: %s', (_name, schema, expected) => {
    verdict(message({ output_config: { format: { type: 'json_schema', schema } } }), expected);
  });

  test.each(cases)('of a strict tool: %s', (_name, schema, expected) => {
    verdict(message({ tools: [{ name: 'f', strict: true, input_schema: schema }] }), expected);
  });

  test('counts tools and parameters over the whole request', () => {
    const half = { ...closedObject(many(13, text)), required: [] };
    const named = (index: number, input_schema: object): object => ({
      name: `f${index}`,
      strict: true,
      input_schema,
    });
    expect(message({ tools: [named(1, half), named(2, half)] })).toContain('(26)');
    const plain = Array.from({ length: 21 }, (_, index) => named(index, closedObject({})));
    expect(message({ tools: plain.slice(1) })).toBeNull();
    expect(message({ tools: plain })).toContain('too many strict tools');
  });

  test('the format takes neither name nor strict, and no citations beside it', () => {
    const format = { type: 'json_schema', schema: closedObject({}) };
    expect(message({ output_config: { format: { ...format, name: 'x' } } })).toContain('Extra inputs');
    expect(message({ output_format: format })).toContain('Extra inputs');
    const old = { model: 'claude-opus-5', max_tokens: 2000, messages: [user], output_format: format };
    const betas = ['structured-outputs-2025-11-13'];
    expect(refusalOf(old, '2026-10-21', { betas })).toBeNull();
    expect(refusalOf({ ...old, output_format: {} }, '2026-10-21', { betas })?.message).toContain(
      'output_config.format',
    );
    const source = { type: 'text', media_type: 'text/plain', data: 'a' };
    const messages = [fromUser({ type: 'document', source, citations: { enabled: true } })];
    expect(message({ messages })).toBeNull();
    expect(message({ messages, output_config: { format } })).toContain('citations');
  });
});
