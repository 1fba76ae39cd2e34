import { describe, expect, it, test } from 'vitest';
import { PARAMETERS } from '../../../server/claude/parameters.ts';
import { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { claudeRequestOf } from '../../support/translated.ts';

const FATES = ['mapped', 'emulated', 'ignored', 'refused'];
const REQUIRED = ['model', 'messages'];
const FIELDS = Object.keys(ChatCompletionRequest.shape);

function ask(fields: object, options: { strict?: boolean } = {}): { notices: string[]; body: object } {
  const request = { model: 'claude-opus-5-5', messages: [{ role: 'user' as const, content: 'hi' }], ...fields };
  const { notices, body } = claudeRequestOf(request, options);
  return { notices: notices.map(({ param, action }) => `${param}=${action}`), body };
}

describe('every field of the contract', () => {
  test.each(FIELDS)('%s has a fate and an effect to read', (name) => {
    expect(FATES).toContain(PARAMETERS[name]?.fate);
    expect(PARAMETERS[name]?.effect).toMatch(/\S/);
  });

  it('and no other has a rule', () => {
    expect(Object.keys(PARAMETERS).sort()).toEqual(FIELDS.toSorted());
  });
});

describe('a field that asks for nothing', () => {
  test.each(FIELDS.filter((name) => !REQUIRED.includes(name)))('%s: null is as good as leaving it out', (name) => {
    expect(ask({ [name]: null }, { strict: true })).toEqual(ask({}, { strict: true }));
    expect(ask({ [name]: undefined })).toEqual(ask({}));
  });

  const stated = Object.entries(PARAMETERS).flatMap(([name, { defaults = [] }]) =>
    defaults.map((value): [string, unknown] => [name, value]),
  );
  test.each<[string, unknown]>([
    ...stated,
    // What OpenAI documents as the value of a field that is left out.
    ['temperature', 1],
    ['top_p', 1],
    ['n', 1],
    ['presence_penalty', 0],
    ['frequency_penalty', 0],
    ['logprobs', false],
    ['top_logprobs', 0],
    ['store', false],
    ['stream', false],
    ['service_tier', 'auto'],
    ['tool_choice', 'none'],
    ['parallel_tool_calls', true],
    ['function_call', 'none'],
    ['modalities', ['text']],
    ['response_format', { type: 'text' }],
    ['verbosity', 'medium'],
    ['logit_bias', {}],
    ['metadata', {}],
    ['stop', []],
    ['tools', []],
  ])('%s at its default %j makes no notice, and no difference', (name, value) => {
    expect(ask({ [name]: value }, { strict: true })).toEqual(ask({}, { strict: true }));
  });
});

describe('a field that Claude has nothing for', () => {
  test.each<[string, unknown]>([
    ['presence_penalty', 0.5],
    ['frequency_penalty', -2],
    ['seed', 7],
    ['logit_bias', { 50256: -100 }],
    ['logprobs', true],
    ['top_logprobs', 5],
    ['prompt_cache_key', 'k'],
    ['moderation', {}],
    ['prediction', { type: 'content', content: 'x' }],
    ['service_tier', 'flex'],
  ])('%s is left out with a notice', (name, value) => {
    expect(ask({ [name]: value })).toEqual({ ...ask({}), notices: [`${name}=ignored`] });
  });

  test.each(['seed', 'logprobs'])('%s is refused in strict mode', (name) => {
    const value = { seed: 7, logprobs: true }[name];
    expect(() => ask({ [name]: value }, { strict: true })).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: name }),
    );
  });

  test.each(['modalities', 'audio'])('%s is refused, since the answer would not be what was asked for', (name) => {
    const value = { modalities: ['text', 'audio'], audio: { voice: 'ash', format: 'wav' } }[name];
    expect(() => ask({ [name]: value })).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: name }),
    );
  });
});

describe('a field that nobody knows', () => {
  test.each(['top_k', 'extra_headers', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is ignored with a notice that says so',
    (name) => {
      const request = { model: 'claude-opus-5-5', messages: [{ role: 'user' as const, content: 'hi' }], [name]: 1 };
      expect(claudeRequestOf(request).notices).toEqual([
        { param: name, action: 'ignored', message: `${name} is not a field of chat completions` },
      ]);
    },
  );

  it('makes no notice when it is null', () => {
    expect(ask({ top_k: null }).notices).toEqual([]);
  });
});
