import { describe, expect, it, test } from 'vitest';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf } from '../../../support/translated.ts';

interface Sent {
  thinking?: object;
  effort?: string;
  notices: string[];
}

function ask(model: string, fields: object): Sent {
  const request = { model, messages: [{ role: 'user', content: 'Hello' }], ...fields } as ChatCompletionRequest;
  const { body, version, notices } = claudeRequestOf(request);
  expect(refusalOf(body, version)).toBeNull();
  return {
    ...(body.thinking && { thinking: body.thinking }),
    ...(body.output_config?.effort && { effort: body.output_config.effort }),
    notices: notices.map(({ param, action }) => `${param}=${action}`),
  };
}

const adaptive = { type: 'adaptive', display: 'summarized' };
const budget = (tokens: number) => ({ type: 'enabled', budget_tokens: tokens, display: 'summarized' });
const noted = (action: string) => [`reasoning_effort=${action}`];

describe('reasoning_effort', () => {
  test.each<[string, string, Sent]>([
    ['claude-fable-5-2', 'none', { effort: 'low', notices: noted('clamped') }],
    ['claude-fable-5-2', 'minimal', { thinking: adaptive, effort: 'low', notices: noted('clamped') }],
    ['claude-fable-5-2', 'xhigh', { thinking: adaptive, effort: 'xhigh', notices: [] }],
    ['claude-mythos-preview', 'xhigh', { thinking: adaptive, effort: 'max', notices: noted('clamped') }],
    ['claude-opus-5-5', 'medium', { thinking: adaptive, effort: 'medium', notices: [] }],
    ['claude-opus-5', 'none', { thinking: { type: 'disabled' }, notices: [] }],
    ['claude-opus-4-8', 'low', { thinking: adaptive, effort: 'low', notices: [] }],
    ['claude-opus-4-6', 'xhigh', { thinking: adaptive, effort: 'max', notices: noted('clamped') }],
    ['claude-opus-4-6', 'none', { thinking: { type: 'disabled' }, notices: [] }],
    ['claude-sonnet-5-5', 'none', { thinking: { type: 'between_tools' }, notices: noted('clamped') }],
    ['claude-sonnet-5-5', 'high', { thinking: adaptive, effort: 'high', notices: [] }],
    ['claude-opus-4-5', 'high', { thinking: budget(16_384), effort: 'high', notices: [] }],
    ['claude-opus-4-5', 'max', { thinking: budget(32_000), effort: 'high', notices: noted('clamped') }],
    ['claude-haiku-4-5', 'minimal', { thinking: budget(2048), notices: noted('emulated') }],
    ['claude-haiku-4-5', 'high', { thinking: budget(16_384), notices: noted('emulated') }],
    ['claude-haiku-4-5', 'none', { thinking: { type: 'disabled' }, notices: [] }],
  ])('on %s: %s', (model, effort, sent) => {
    expect(ask(model, { reasoning_effort: effort })).toEqual(sent);
  });

  it('left out sends nothing, and asks for no text of thinking', () => {
    for (const model of ['claude-opus-5-5', 'claude-opus-4-6', 'claude-haiku-4-5'])
      expect(ask(model, {})).toEqual({ notices: [] });
  });
});

describe('a budget is fitted to max_tokens (pitfall 28)', () => {
  test.each<[number, Sent]>([
    [500, { notices: noted('ignored') }],
    [1024, { notices: noted('ignored') }],
    [1025, { thinking: budget(1024), notices: noted('clamped') }],
    [4000, { thinking: budget(2000), notices: noted('clamped') }],
    [40_000, { thinking: budget(16_384), notices: noted('emulated') }],
  ])('high effort with max_tokens %i', (max_tokens, sent) => {
    expect(ask('claude-haiku-4-5', { reasoning_effort: 'high', max_tokens })).toEqual(sent);
  });

  test.each<[number, number, Sent]>([
    [100, 4000, { thinking: budget(1024), notices: ['thinking.budget_tokens=clamped'] }],
    [3000, 4000, { thinking: budget(3000), notices: [] }],
    [3999, 4000, { thinking: budget(3500), notices: ['thinking.budget_tokens=clamped'] }],
    [5000, 4000, { thinking: budget(3500), notices: ['thinking.budget_tokens=clamped'] }],
    [5000, 1024, { notices: ['thinking=ignored'] }],
  ])('a budget of %i with max_tokens %i', (budget_tokens, max_tokens, sent) => {
    expect(ask('claude-sonnet-4-5', { thinking: { type: 'enabled', budget_tokens }, max_tokens })).toEqual(sent);
  });

  it('also one that nobody asked for, which needs no notice', () => {
    const sent = { thinking: budget(2000), notices: [] };
    expect(ask('claude-sonnet-4-5', { thinking: { type: 'enabled' }, max_tokens: 4000 })).toEqual(sent);
  });
});

describe("the text of thinking comes where it was asked for, as the newest models' default is to omit it (pitfall 44)", () => {
  test.each(['claude-fable-5-2', 'claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'])('%s', (model) => {
    expect(ask(model, { reasoning_effort: 'high' }).thinking).toEqual(adaptive);
    expect(ask(model, { thinking: { type: 'adaptive' } }).thinking).toEqual(adaptive);
    const omitted = { type: 'adaptive', display: 'omitted' };
    expect(ask(model, { thinking: omitted }).thinking).toEqual(omitted);
  });
});

describe("Claude's own thinking wins over reasoning_effort, and a notice says what is lost", () => {
  const enabled = { type: 'enabled', budget_tokens: 2000 };
  test.each<[string, object, string, string[]]>([
    ['claude-opus-4-8', { type: 'adaptive' }, 'high', []],
    ['claude-opus-4-8', { type: 'adaptive' }, 'none', noted('ignored')],
    ['claude-opus-4-8', { type: 'disabled' }, 'none', []],
    ['claude-opus-4-8', { type: 'adaptive', budget_tokens: 2000 }, 'low', ['thinking.budget_tokens=ignored']],
    ['claude-opus-4-8', enabled, 'low', ['thinking.type=substituted']],
    ['claude-opus-4-6', enabled, 'low', []],
    ['claude-haiku-4-5', enabled, 'high', noted('ignored')],
    ['claude-haiku-4-5', { type: 'enabled' }, 'high', noted('emulated')],
    ['claude-haiku-4-5', { type: 'disabled' }, 'high', noted('ignored')],
    ['claude-opus-5-5', { type: 'disabled' }, 'high', ['thinking=clamped', 'reasoning_effort=clamped']],
    ['claude-opus-5-5', { type: 'disabled' }, 'low', ['thinking=clamped']],
  ])('on %s: %j and %s', (model, thinking, reasoning_effort, notices) => {
    expect(ask(model, { thinking, reasoning_effort }).notices).toEqual(notices);
  });

  it('names thinking, when it was asked for, where a loop can not go on with it', () => {
    const call = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } };
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
    ];
    const sent = { notices: ['thinking=ignored'] };
    expect(ask('claude-sonnet-4-5', { messages, thinking: { ...enabled, budget_tokens: 200_000 } })).toEqual(sent);
    expect(ask('claude-sonnet-4-5', { messages, reasoning_effort: 'high' })).toEqual({ notices: noted('ignored') });
  });
});
