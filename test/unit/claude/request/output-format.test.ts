import { describe, expect, it, test } from 'vitest';
import { Notices } from '../../../../server/claude/notices.ts';
import { toOutputFormat } from '../../../../server/claude/request/output-format.ts';
import { StrictBudget } from '../../../../server/claude/request/strict-budget.ts';
import { ThinkingSeal } from '../../../../server/claude/thinking/thinking-seal.ts';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';

/** No grammar holds a map of anything. */
const MAP = { type: 'object', additionalProperties: { type: 'number' } };

function format(name: string, rest: Partial<ChatCompletionRequest>) {
  const request: ChatCompletionRequest = {
    model: 'claude-sonnet-5-5',
    messages: [{ role: 'user', content: 'Hello' }],
    response_format: { type: 'json_schema', json_schema: { name, schema: MAP } },
    ...rest,
  };
  return toOutputFormat(request, new StrictBudget(), new Notices(false));
}

function tool(name: string): NonNullable<ChatCompletionRequest['tools']>[number] {
  return { type: 'function', function: { name } };
}

describe('an answer through a tool', () => {
  test.each<[string, string, Partial<ChatCompletionRequest>]>([
    ['a tool of the caller', 'out', { tools: [tool('out')] }],
    [
      'tools with names as long as they may be',
      'a'.repeat(64),
      { tools: [tool('a'.repeat(64)), tool(`${'a'.repeat(60)}_2`)] },
    ],
    ['a function of the caller', 'out', { functions: [{ name: 'out' }] }],
    ["Claude's web search", 'web_search', { web_search_options: {} }],
  ])('has a name of its own beside %s', (_what, name, rest) => {
    const made = format(name, rest);
    const taken = [...(rest.tools ?? []), ...(rest.functions ?? [])].map((entry) =>
      'function' in entry ? entry.function.name : 'custom' in entry ? entry.custom.name : entry.name,
    );
    if (made.by !== 'tool') throw new Error(`not by a tool: ${made.by}`);
    expect([...taken, 'web_search']).not.toContain(made.tool.name);
    expect(made.tool.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it('refuses a schema that is nested too deeply to be walked', () => {
    let schema: Record<string, unknown> = {};
    for (let depth = 0; depth < 3000; depth += 1) schema = { type: 'object', properties: { a: schema } };
    expect(() =>
      format('deep', { response_format: { type: 'json_schema', json_schema: { name: 'deep', schema } } }),
    ).toThrow(expect.objectContaining({ status: 400, param: 'response_format.json_schema.schema' }));
  });
});

describe('the name of what stands before an answer', () => {
  const turns = Array.from({ length: 12 }, (_, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: `turn ${index}`,
  }));
  const seal = (tools: { name: string; input_schema: { type: 'object' } }[] = []) =>
    new ThinkingSeal(() => ({ system: [{ type: 'text', text: 'Be kind' }], tools }));

  it('is the same whether it is asked for once or at each turn', () => {
    const asked = seal();
    const each = turns.map((_, index) => asked.of(turns.slice(0, index + 1)));
    expect(each).toEqual(turns.map((_, index) => seal().of(turns.slice(0, index + 1))));
    expect(new Set(each).size).toBe(turns.length);
  });

  it('changes with any turn and with the tools, and not with cache marks or the spelling of a text', () => {
    const before = seal().of(turns);
    const spelt = turns.map(({ role, content }) => ({
      role,
      content: [{ type: 'text' as const, text: content, cache_control: { type: 'ephemeral' as const } }],
    }));
    expect(seal().of(spelt)).toBe(before);
    expect(seal([{ name: 'a', input_schema: { type: 'object' } }]).of(turns)).not.toBe(before);
    for (const index of turns.keys()) {
      expect(seal().of(turns.with(index, { role: turns[index]!.role, content: 'other' }))).not.toBe(before);
    }
  });
});
