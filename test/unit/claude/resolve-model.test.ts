import { describe, expect, it, test } from 'vitest';
import { MODELS, newestRules, rulesOf, SUCCESSORS } from '../../../server/claude/models.ts';
import { Notices } from '../../../server/claude/notices.ts';
import { resolveModel } from '../../../server/claude/resolve-model.ts';

function resolve(
  asked: string,
  aliases: Record<string, string> = {},
): { id: string; rules: string; notices: string[] } {
  const notices = new Notices(false);
  const { id, rules } = resolveModel(asked, aliases, notices);
  return { id, rules: rules.id, notices: notices.list().map(({ param, action }) => `${param}=${action}`) };
}

describe('a model', () => {
  test.each(MODELS.map(({ id }) => id))('%s is itself', (id) => {
    expect(resolve(id)).toEqual({ id, rules: id, notices: [] });
  });

  test.each([
    ['claude-opus-4-5-20251101', 'claude-opus-4-5'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ])('of a dated id %s is sent as it is, under the rules of %s', (id, rules) => {
    expect(resolve(id)).toEqual({ id, rules, notices: [] });
  });

  test.each([
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-6'],
    ['claude-opus-4-1-20250805', 'claude-opus-4-6'],
    ['claude-3-haiku-20240307', 'claude-haiku-4-5'],
  ])('that is retired, %s, is substituted by %s with a notice', (asked, id) => {
    expect(resolve(asked)).toEqual({ id, rules: id, notices: ['model=substituted'] });
  });

  it('that is newer than the table goes to Claude under the newest rules, not under those of a similar name', () => {
    const { id, rules } = resolveModel('claude-opus-4-55', {}, new Notices(false));
    expect(id).toBe('claude-opus-4-55');
    expect(rules).toEqual(newestRules('claude-opus-4-55'));
    expect(rules.sampling).toBe('none');
  });

  test.each([
    'gpt-4o',
    '',
    'claude',
    'claude-',
    'claude-opus 5',
    'claude opus 5',
    'anthropic/gpt-4o',
    'constructor',
    '__proto__',
  ])('that is none of Claude, %j, is a 404 in the words of OpenAI', (asked) => {
    expect(() => resolve(asked)).toThrow(
      expect.objectContaining({
        status: 404,
        code: 'model_not_found',
        param: 'model',
        message: expect.stringMatching(
          new RegExp(`^The model '${asked}' does not exist or you do not have access to it\\. .*TRESTLE_MODEL_ALIASES`),
        ) as unknown,
      }),
    );
  });

  test.each([
    ['anthropic/claude-sonnet-5-5', 'claude-sonnet-5-5'],
    ['openrouter/anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5'],
    ['us.anthropic.claude-opus-5-5-v1:0', 'claude-opus-5-5'],
    ['anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5-20251001'],
    ['bedrock/global.anthropic.claude-sonnet-5', 'claude-sonnet-5'],
    ['vertex_ai/claude-opus-4-5@20251101', 'claude-opus-4-5-20251101'],
    ['claude-opus-5-5@default', 'claude-opus-5-5'],
    ['claude-sonnet-4.5', 'claude-sonnet-4-5'],
    ['claude-4.5-sonnet', 'claude-sonnet-4-5'],
    ['anthropic/claude-3.5-sonnet:beta', 'claude-sonnet-4-6'],
    ['claude-sonnet-5-5-latest', 'claude-sonnet-5-5'],
    ['claude-sonnet-latest', 'claude-sonnet-5-5'],
    ['claude-haiku', 'claude-haiku-5-5'],
    ['Claude-Opus-5', 'claude-opus-5'],
    [' claude-opus-5\n', 'claude-opus-5'],
  ])('is found by the spelling %s, as %s, with a notice', (asked, id) => {
    const { id: found, rules, notices } = resolve(asked);
    expect([found, notices]).toEqual([id, ['model=substituted']]);
    expect(rulesOf(id)?.id).toBe(rules);
  });

  it('that is unknown is named by at most 200 characters, with the names that are nearest', () => {
    expect(() => resolve('x'.repeat(100_000))).toThrow(/^The model 'x{200}…' /);
    expect(() => resolve('claud-opus-5-5')).toThrow(/The nearest names are 'claude-opus-5-5', /);
    expect(() => resolve('gpt5', { 'gpt-5': 'claude-opus-5-5' })).toThrow(/The nearest names are 'gpt-5', /);
  });

  it('in strict mode is never substituted', () => {
    expect(() => resolveModel('claude-sonnet-4-20250514', {}, new Notices(true))).toThrow(
      expect.objectContaining({ status: 400, param: 'model' }),
    );
  });
});

describe('an alias', () => {
  const aliases = {
    'gpt-4o': 'claude-sonnet-5-5',
    old: 'claude-3-opus-20240229',
    lost: 'gpt-5',
    'claude-opus-5': 'claude-opus-5-5',
  };

  test.each([
    ['gpt-4o', 'claude-sonnet-5-5', []],
    ['old', 'claude-opus-4-6', ['model=substituted']],
    ['claude-opus-5', 'claude-opus-5-5', []],
  ])('%s answers as %s', (asked, id, notices) => {
    expect(resolve(asked, aliases)).toEqual({ id, rules: id, notices });
  });

  it('of nothing that exists is not found under the name that was asked for', () => {
    expect(() => resolve('lost', aliases)).toThrow(
      expect.objectContaining({ status: 404, message: expect.stringContaining("'lost'") as unknown }),
    );
  });
});

test('every successor is a model of the table, and no model has one', () => {
  for (const [retired, successor] of Object.entries(SUCCESSORS)) {
    expect(rulesOf(successor)?.id).toBe(successor);
    expect(rulesOf(retired)).toBeUndefined();
  }
});
