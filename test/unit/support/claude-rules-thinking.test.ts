import { describe, expect, test } from 'vitest';
import { FAKE_MODELS } from '../../support/claude-models.ts';
import { refusalOf } from '../../support/claude-rules.ts';
import type { ClaudeBody } from '../../support/rules-body.ts';
import { signThinking } from '../../support/thinking-signature.ts';

const user = { role: 'user' as const, content: 'hi' };
const tools = [{ name: 'f', input_schema: { type: 'object' } }];
const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
const result = { role: 'user' as const, content: [{ type: 'tool_result', tool_use_id: 'a', content: 'ok' }] };

function message(changes: object, knownSignatures?: Set<string>): string | null {
  const body = { model: 'claude-opus-5', max_tokens: 5000, messages: [user], ...changes };
  return refusalOf(body, '2026-10-21', knownSignatures ? { knownSignatures } : {})?.message ?? null;
}

describe('the thinking type per model', () => {
  const types = { adaptive: {}, enabled: { budget_tokens: 2000 }, disabled: {}, between_tools: {} };
  const grid = FAKE_MODELS.flatMap(({ id }) => Object.entries(types).map(([type, rest]) => ({ id, type, rest })));

  test('follows the table of models', () => {
    const accepted = new Map<string, string[]>();
    for (const { id, type, rest } of grid)
      if (message({ model: id, thinking: { type, ...rest } }) === null)
        accepted.set(id, [...(accepted.get(id) ?? []), type]);
    expect(Object.fromEntries(accepted)).toEqual({
      'claude-fable-5-2': ['adaptive'],
      'claude-mythos-5-2': ['adaptive'],
      'claude-haiku-5-5': ['adaptive', 'disabled'],
      'claude-sonnet-5-5': ['adaptive', 'between_tools'],
      'claude-opus-5-5': ['adaptive'],
      'claude-fable-5-1': ['adaptive'],
      'claude-mythos-5-1': ['adaptive'],
      'claude-opus-5': ['adaptive', 'disabled'],
      'claude-sonnet-5': ['adaptive', 'disabled'],
      'claude-fable-5': ['adaptive'],
      'claude-mythos-5': ['adaptive'],
      'claude-opus-4-8': ['adaptive', 'disabled'],
      'claude-opus-4-7': ['adaptive', 'disabled'],
      'claude-mythos-preview': ['adaptive', 'enabled'],
      'claude-sonnet-4-6': ['adaptive', 'enabled', 'disabled'],
      'claude-opus-4-6': ['adaptive', 'enabled', 'disabled'],
      'claude-opus-4-5-20251101': ['enabled', 'disabled'],
      'claude-haiku-4-5-20251001': ['enabled', 'disabled'],
      'claude-sonnet-4-5-20250929': ['enabled', 'disabled'],
    });
  });

  test.each<[string, object, string | null]>([
    ['claude-opus-5', { type: 'enabled', budget_tokens: 2000 }, '"thinking.type.enabled" is not supported for this'],
    ['claude-opus-4-5', { type: 'adaptive' }, 'adaptive thinking is not supported on this model'],
    ['claude-sonnet-5-5', { type: 'disabled' }, '{"type":"between_tools"}'],
    ['claude-opus-5', { type: 'between_tools' }, '"thinking.type.between_tools" is not supported for this model.'],
    ['claude-sonnet-5-5', { type: 'between_tools', display: 'omitted' }, 'Extra inputs are not permitted'],
    ['claude-opus-5', { type: 'adaptive', display: 'summarized' }, null],
    ['claude-opus-5', { type: 'adaptive', display: 'updates' }, "'summarized' or 'omitted'"],
    ['claude-opus-5', { type: 'adaptive', budget_tokens: 2000 }, 'Extra inputs are not permitted'],
    ['claude-opus-4-5', { type: 'enabled' }, 'budget_tokens: Field required'],
    ['claude-opus-4-5', { type: 'enabled', budget_tokens: 1023 }, 'greater than or equal to 1024'],
    ['claude-opus-4-5', { type: 'enabled', budget_tokens: 4999 }, null],
    ['claude-opus-4-5', { type: 'enabled', budget_tokens: 5000 }, '`max_tokens` must be greater'],
  ])('%s %j', (model, thinking, expected) => {
    const found = message({ model, thinking });
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });
});

describe('effort', () => {
  test.each<[string, string, object | undefined, string | null]>([
    ['claude-opus-5', 'max', undefined, null],
    ['claude-opus-5', 'minimal', undefined, 'Input should be'],
    ['claude-opus-5', 'high', { type: 'disabled' }, null],
    [
      'claude-opus-5',
      'xhigh',
      { type: 'disabled' },
      "output_config.effort 'xhigh' is not supported when thinking is disabled on this model",
    ],
    ['claude-haiku-5-5', 'max', { type: 'disabled' }, 'not supported when thinking is disabled'],
    ['claude-sonnet-5-5', 'xhigh', { type: 'between_tools' }, 'not supported when thinking is between_tools'],
    ['claude-opus-4-8', 'max', { type: 'disabled' }, null],
    ['claude-opus-4-6', 'max', undefined, null],
    ['claude-opus-4-6', 'xhigh', undefined, "does not support effort level 'xhigh'"],
    ['claude-opus-4-5', 'high', undefined, null],
    ['claude-opus-4-5', 'max', undefined, "does not support effort level 'max'"],
    ['claude-sonnet-4-5', 'low', undefined, 'This model does not support the effort parameter.'],
    ['claude-haiku-4-5', 'low', undefined, 'This model does not support the effort parameter.'],
  ])('%s %s %j', (model, effort, thinking, expected) => {
    const found = message({ model, output_config: { effort }, ...(thinking ? { thinking } : {}) });
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });
});

/** A tool round whose call came with `count` signed thinking blocks. */
function round(model: string, count = 1, request: Pick<ClaudeBody, 'messages'> & object = { messages: [user] }) {
  const blocks = Array.from({ length: count }, (_, index) => {
    const thinking = `thought ${index}`;
    const signature = signThinking(model, { tools, ...request }, { index, count, thinking });
    return { type: 'thinking', thinking, signature };
  });
  return { blocks, first: request.messages };
}

describe('replayed thinking', () => {
  function replay(model: string, content: object[], changes: object = {}): string | null {
    return message({ model, tools, messages: [user, { role: 'assistant', content }, result], ...changes });
  }

  test.each(FAKE_MODELS.map(({ id }) => id))('comes back unmodified, or not at all, on %s', (model) => {
    expect(replay(model, [...round(model).blocks, call])).toBeNull();
    expect(replay(model, [call])).toBeNull();
  });

  test('is refused when edited, reordered, partly removed, forged or marked', () => {
    const model = 'claude-opus-4-8';
    const [first, second] = round(model, 2).blocks;
    if (first === undefined || second === undefined) throw new Error('two blocks were asked for');
    expect(replay(model, [first, second, call])).toBeNull();
    expect(replay(model, [{ ...first, thinking: 'other' }, second, call])).toContain('cannot be modified');
    expect(replay(model, [second, first, call])).toContain('cannot be modified');
    expect(replay(model, [first, call])).toContain('cannot be modified');
    expect(replay(model, [{ ...first, signature: 'made up' }, call])).toContain('Invalid `signature`');
    expect(replay(model, [{ ...first, signature: undefined }, call])).toContain('signature: Field required');
    expect(replay(model, [{ ...first, cache_control: { type: 'ephemeral' } }, call])).toContain('Extra inputs');
  });

  test.each(['claude-opus-4-8', 'claude-opus-5-5'])(
    'is refused out of its place between texts and calls (%s)',
    (model) => {
      const signed = (index: number, before: string[]): object => {
        const block = { index, count: 2, thinking: 'hm', before };
        const signature = signThinking(model, { tools, messages: [user] }, block);
        return { type: 'thinking', thinking: 'hm', signature };
      };
      const says = { type: 'text', text: 'a' };
      const [first, second] = [signed(0, []), signed(1, ['thinking', 'text'])];
      expect(replay(model, [first, says, second, call])).toBeNull();
      expect(replay(model, [first, second, says, call])).toContain('cannot be modified');
      expect(replay(model, [says, first, second, call])).toContain('cannot be modified');
      expect(replay(model, [first, says, call, second])).toContain('cannot be modified');
    },
  );

  test('may lose blocks of earlier turns', () => {
    const model = 'claude-opus-4-8';
    const [first] = round(model, 2).blocks;
    const early = { role: 'assistant', content: [first, { type: 'text', text: 'a' }] };
    expect(message({ model, tools, messages: [user, early, user] })).toContain('cannot be modified');
    const late = { role: 'assistant', content: 'b' };
    expect(message({ model, tools, messages: [user, early, user, late, user] })).toBeNull();
  });

  test('is bound to its prefix where the model preserves it', () => {
    const content = [...round('claude-opus-5-5').blocks, call];
    expect(replay('claude-opus-5-5', content)).toBeNull();
    expect(replay('claude-opus-5-5', content, { system: 'changed' })).toContain('bound to a different');
    expect(replay('claude-opus-5-5', content, { tools: [...tools, { ...tools[0], name: 'g' }] })).toContain('bound');
    const older = [...round('claude-opus-5').blocks, call];
    expect(replay('claude-opus-5', older, { system: 'changed' })).toBeNull();
  });

  test('keeps its prefix when only cache marks and spellings of the same content change', () => {
    const marked = [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }];
    const messages = [
      { role: 'user', content: marked },
      {
        role: 'assistant',
        content: [...round('claude-haiku-5-5').blocks, { ...call, caller: { type: 'direct' } }],
      },
      result,
    ];
    expect(message({ model: 'claude-haiku-5-5', tools, messages })).toBeNull();
  });

  test.each([
    ['claude-fable-5-2', 'claude-mythos-5-2', true],
    ['claude-fable-5-2', 'claude-fable-5-1', false],
    ['claude-fable-5-2', 'claude-opus-4-8', false],
    ['claude-opus-5', 'claude-fable-5-1', true],
    ['claude-opus-5', 'claude-opus-5-5', false],
    ['claude-opus-5-5', 'claude-sonnet-5-5', false],
    ['claude-opus-5', 'claude-opus-4-8', true],
  ])('of %s is read by %s: %s', (writer, reader, accepted) => {
    expect(replay(reader, [...round(writer).blocks, call]) === null).toBe(accepted);
  });

  test('of recorded streams passes once it is known', () => {
    const known = new Set(['EqQB']);
    const content = [{ type: 'thinking', thinking: '', signature: 'EqQB' }, call];
    const messages = [user, { role: 'assistant', content }, result];
    expect(message({ tools, messages })).toContain('Invalid `signature`');
    expect(message({ tools, messages }, known)).toBeNull();
  });

  test('must start a tool turn while thinking by hand', () => {
    const model = 'claude-sonnet-4-5';
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    expect(replay(model, [call], { thinking })).toContain('Expected thinking or redacted_thinking, but found tool_use');
    expect(replay(model, [...round('claude-sonnet-4-5-20250929').blocks, call], { thinking })).toBeNull();
    expect(replay(model, [call])).toBeNull();
  });

  test('cannot end a prefill, and prefill cannot go with thinking', () => {
    const model = 'claude-haiku-4-5';
    const { blocks } = round(model, 1);
    const final = (content: unknown): object => ({
      model,
      tools,
      messages: [user, { role: 'assistant', content }],
    });
    expect(message(final(blocks))).toContain('The final block in an assistant message cannot be `thinking`');
    expect(message({ ...final('a'), thinking: { type: 'enabled', budget_tokens: 1024 } })).toContain('but found text');
  });

  test('of two answers in one merged turn is accepted whole', () => {
    const model = 'claude-opus-5-5';
    const opening = {
      role: 'assistant' as const,
      content: [...round(model).blocks, { type: 'text', text: 'a' }],
    };
    const { blocks } = round(model, 1, { messages: [user, opening] });
    expect(replay(model, [...opening.content, ...blocks, call])).toBeNull();
    expect(replay(model, [...blocks, call])).toContain('bound to a different');
  });
});
