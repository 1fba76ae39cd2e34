import { describe, expect, test } from 'vitest';
import { MODELS, rulesOf } from '../../../../server/claude/models.ts';
import { Notices } from '../../../../server/claude/notices.ts';
import { type Sampling, toClaudeSampling } from '../../../../server/claude/request/sampling.ts';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';

interface Asked {
  temperature?: number | null;
  top_p?: number | null;
}

function sample(model: string, asked: Asked, thinks = false): { sent: Sampling; notices: string[] } {
  const notices = new Notices(false);
  const sent = toClaudeSampling(asked as ChatCompletionRequest, rulesOf(model)!, { thinks, notices });
  return { sent, notices: notices.list().map(({ param, action }) => `${param}=${action}`) };
}

const OLD = 'claude-sonnet-4-6';
const NEW = 'claude-opus-5-5';

describe('on a model that samples as asked', () => {
  test.each<[string, Asked, Sampling, string[]]>([
    ['nothing', {}, {}, []],
    ['null', { temperature: null, top_p: null }, {}, []],
    ["OpenAI's defaults", { temperature: 1, top_p: 1 }, {}, []],
    ['temperature', { temperature: 0.2 }, { temperature: 0.2 }, []],
    ['temperature 0', { temperature: 0 }, { temperature: 0 }, []],
    ['temperature above 1', { temperature: 1.7 }, { temperature: 1 }, ['temperature=clamped']],
    ['top_p', { top_p: 0.9 }, { top_p: 0.9 }, []],
    ['top_p 0', { top_p: 0 }, { top_p: 0 }, []],
    ['both, of which Claude takes one', { temperature: 0.2, top_p: 0.9 }, { temperature: 0.2 }, ['top_p=ignored']],
    ['both, temperature at its default', { temperature: 1, top_p: 0.9 }, { top_p: 0.9 }, []],
    ['both, top_p at its default', { temperature: 0.2, top_p: 1 }, { temperature: 0.2 }, []],
  ])('%s', (_, asked, sent, notices) => {
    expect(sample(OLD, asked)).toEqual({ sent, notices });
  });

  test.each<[string, Asked, Sampling, string[]]>([
    ['temperature', { temperature: 0.2 }, {}, ['temperature=ignored']],
    ['the default temperature', { temperature: 1 }, {}, []],
    ['a top_p that is high enough', { top_p: 0.97 }, { top_p: 0.97 }, []],
    ['the least top_p', { top_p: 0.95 }, { top_p: 0.95 }, []],
    ['a lower top_p', { top_p: 0.5 }, { top_p: 0.95 }, ['top_p=clamped']],
    ['both', { temperature: 0.2, top_p: 0.97 }, { top_p: 0.97 }, ['temperature=ignored']],
  ])('while it thinks: %s', (_, asked, sent, notices) => {
    expect(sample(OLD, asked, true)).toEqual({ sent, notices });
  });
});

describe('on a model that takes no sampling', () => {
  test.each<[string, Asked, string[]]>([
    ['temperature', { temperature: 0 }, ['temperature=ignored']],
    ['top_p', { top_p: 0.99 }, ['top_p=ignored']],
    ['both', { temperature: 2, top_p: 0 }, ['temperature=ignored', 'top_p=ignored']],
    ['defaults', { temperature: 1, top_p: 1 }, []],
    ['null', { temperature: null, top_p: null }, []],
  ])('%s is never sent', (_, asked, notices) => {
    expect(sample(NEW, asked)).toEqual({ sent: {}, notices });
    expect(sample(NEW, asked, true)).toEqual({ sent: {}, notices });
  });

  test('Opus 4.7 and all that came after it are such models', () => {
    const sampling = MODELS.filter((rules) => rules.sampling === 'one').map(({ id }) => id);
    expect(sampling.sort()).toEqual([
      'claude-haiku-4-5',
      'claude-opus-4-5',
      'claude-opus-4-6',
      'claude-sonnet-4-5',
      'claude-sonnet-4-6',
    ]);
  });
});
