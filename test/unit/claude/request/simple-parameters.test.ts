import { describe, expect, it, test } from 'vitest';
import { claudeRequestOf } from '../../../support/translated.ts';

function ask(fields: object): { body: Record<string, unknown>; notices: string[] } {
  const request = { model: 'claude-opus-5-5', messages: [{ role: 'user' as const, content: 'hi' }], ...fields };
  const { body, notices } = claudeRequestOf(request);
  return { body: { ...body }, notices: notices.map(({ param, action }) => `${param}=${action}`) };
}

describe('the token limit', () => {
  test.each<[string, object, number, string[]]>([
    ["left out is the model's own, so that no answer is cut", {}, 128_000, []],
    ['of an older model is its own too', { model: 'claude-haiku-4-5' }, 64_000, []],
    ['max_tokens', { max_tokens: 5 }, 5, []],
    ['max_completion_tokens', { max_completion_tokens: 6 }, 6, []],
    ['both, the same', { max_tokens: 6, max_completion_tokens: 6 }, 6, []],
    ['both, the newer name wins', { max_tokens: 5, max_completion_tokens: 6 }, 6, ['max_tokens=ignored']],
    ['null beside a number', { max_tokens: 5, max_completion_tokens: null }, 5, []],
    ['above the model', { max_tokens: 128_001 }, 128_000, ['max_tokens=clamped']],
    [
      'above the model, by its newer name',
      { model: 'claude-sonnet-4-5', max_completion_tokens: 100_000 },
      64_000,
      ['max_completion_tokens=clamped'],
    ],
    ['at the limit', { max_tokens: 128_000 }, 128_000, []],
  ])('%s', (_, fields, sent, notices) => {
    expect(ask(fields)).toMatchObject({ body: { max_tokens: sent }, notices });
  });
});

describe('stop sequences', () => {
  test.each<[string, unknown, string[] | undefined, string[]]>([
    ['one', 'END', ['END'], []],
    ['several', ['a', '\nb '], ['a', '\nb '], []],
    ['none', [], undefined, []],
    ['a blank one, which Claude refuses', '\n', undefined, ['stop=ignored']],
    ['blank ones among others', ['\n\n', 'a', ''], ['a'], ['stop=ignored']],
  ])('%s', (_, stop, sent, notices) => {
    const asked = ask({ stop });
    expect(asked.body['stop_sequences']).toEqual(sent);
    expect(asked.notices).toEqual(notices);
  });
});

describe("the caller's user", () => {
  function userId(fields: object): unknown {
    return (ask(fields).body['metadata'] as { user_id?: string } | undefined)?.user_id;
  }

  it('is sent as a hash, since Claude wants no personal data', () => {
    expect(userId({ user: 'ada@example.com' })).toMatch(/^[0-9a-f]{64}$/);
    expect(userId({ user: 'ada@example.com' })).toBe(userId({ safety_identifier: 'ada@example.com' }));
    expect(userId({ user: 'ada@example.com' })).not.toBe(userId({ user: 'bob@example.com' }));
  });

  it('is not sent when it is empty', () => {
    expect(ask({ user: '', safety_identifier: null })).toEqual(ask({}));
  });

  it('gives way to the safety identifier, with a notice when they differ', () => {
    expect(userId({ user: 'a', safety_identifier: 'b' })).toBe(userId({ user: 'b' }));
    expect(ask({ user: 'a', safety_identifier: 'b' }).notices).toEqual(['user=ignored']);
    expect(ask({ user: 'b', safety_identifier: 'b' }).notices).toEqual([]);
  });
});

describe('the service tier', () => {
  test.each<[string | null, string | undefined, string[]]>([
    [null, undefined, []],
    ['auto', undefined, []],
    ['default', 'standard_only', []],
    ['flex', undefined, ['service_tier=ignored']],
    ['scale', undefined, ['service_tier=ignored']],
    ['priority', undefined, ['service_tier=ignored']],
    ['fast', undefined, ['service_tier=ignored']],
  ])('%s', (tier, sent, notices) => {
    const asked = ask({ service_tier: tier });
    expect(asked.body['service_tier']).toBe(sent);
    expect(asked.notices).toEqual(notices);
  });
});

describe('verbosity', () => {
  test.each<[string, unknown, string | undefined, string[]]>([
    ['low is told to Claude', 'low', 'Keep your answers short.', ['verbosity=emulated']],
    ['high is told to Claude', 'high', 'Answer at length and in detail.', ['verbosity=emulated']],
    ['medium is how Claude answers', 'medium', undefined, []],
    ['null asks for nothing', null, undefined, []],
  ])('%s', (_, verbosity, system, notices) => {
    const asked = ask({ verbosity });
    expect(asked.body['system']).toBe(system);
    expect(asked.notices).toEqual(notices);
  });

  it("comes after the caller's own instructions", () => {
    const messages = [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'hi' },
    ];
    expect(ask({ messages, verbosity: 'low' }).body).toMatchObject({
      system: [
        { type: 'text', text: 'Be kind.' },
        { type: 'text', text: 'Keep your answers short.' },
      ],
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  it('is no reason to refuse in strict mode, since it is honoured', () => {
    const request = { model: 'claude-opus-5-5', messages: [{ role: 'user' as const, content: 'hi' }] };
    const { body } = claudeRequestOf({ ...request, verbosity: 'high' }, { strict: true });
    expect(body.system).toBe('Answer at length and in detail.');
  });
});
