import { describe, expect, test } from 'vitest';
import { MODELS } from '../../../../server/claude/models.ts';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf } from '../../../support/translated.ts';

const tool = (name: string) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } });
const base: ChatCompletionRequest = {
  model: 'claude-opus-5',
  messages: [{ role: 'user', content: 'What is new in Oslo?' }],
  web_search_options: {},
};
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const format = { type: 'json_schema' as const, json_schema: { name: 'news', schema, strict: true } };

/** The request as Claude gets it, which must be one that Claude takes; and the notices, as `param=action`. */
function sent(fields: Partial<ChatCompletionRequest>) {
  const { body, version, notices } = claudeRequestOf({ ...base, ...fields });
  expect(refusalOf(body, version)).toBeNull();
  return { body, noted: notices.map(({ param, action }) => `${param}=${action}`), notices };
}

describe('web search and a JSON schema', () => {
  test.each(MODELS)('go without a grammar, which Claude refuses beside citations, on $id', ({ id }) => {
    const { body, notices } = sent({ model: id, response_format: format });
    expect(body.output_config?.format).toBeUndefined();
    expect(body.tools?.map((one) => 'name' in one && one.name)).toEqual(['news', 'web_search']);
    expect(notices).toEqual([
      { param: 'response_format', action: 'emulated', message: expect.stringContaining('its web search cites pages') },
    ]);
  });

  test('a grammar beside web search is refused by the fake', () => {
    const { body, version } = claudeRequestOf({ ...base, response_format: format });
    const broken = { ...body, output_config: { format: { type: 'json_schema', schema } } };
    expect(refusalOf(broken, version)?.message).toContain('citations');
  });

  test('without web search the grammar stays', () => {
    const { body, noted } = sent({ response_format: format, web_search_options: null });
    expect(body.output_config?.format).toBeDefined();
    expect(noted).toEqual([]);
  });
});

describe('web search and tool_choice', () => {
  const tools = [tool('look'), tool('ask')];

  test("'required' might be met by a search alone: Claude is told otherwise, and the caller too", () => {
    const { body, noted } = sent({ tools, tool_choice: 'required' });
    expect(body.tool_choice).toEqual({ type: 'any' });
    expect(JSON.stringify(body)).toContain('at least one of the tools `look`, `ask` in this answer');
    expect(noted).toEqual(['tool_choice=emulated']);
  });

  test("'required' without search needs no word of it", () => {
    const { body, noted } = sent({ tools, tool_choice: 'required', web_search_options: null });
    expect(body.system).toBeUndefined();
    expect(noted).toEqual([]);
  });

  test("'required' with web search alone is refused, as it is without any tools", () => {
    expect(() => sent({ tool_choice: 'required' })).toThrow(
      expect.objectContaining({ status: 400, param: 'tool_choice' }),
    );
  });

  test('a named tool leaves no room to search, and that is said', () => {
    const { body, noted } = sent({ tools, tool_choice: { type: 'function', function: { name: 'ask' } } });
    expect(body.tool_choice).toEqual({ type: 'tool', name: 'ask' });
    expect(noted).toEqual(['web_search_options=ignored']);
  });

  test("'none' is for the caller's tools alone", () => {
    const { body, noted } = sent({ tools, tool_choice: 'none' });
    expect(body.tools).toHaveLength(1);
    expect(body.tool_choice).toBeUndefined();
    expect(noted).toEqual([]);
  });
});
