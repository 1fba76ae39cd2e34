import { describe, expect, it, test } from 'vitest';
import {
  DATED_IDS,
  EFFORTS,
  MODELS,
  type ModelRules,
  newestRules,
  rulesOf,
  SUCCESSORS,
} from '../../../server/claude/models.ts';
import { FAKE_MODELS, type FakeModel, findFakeModel, RETIRED_MODEL_IDS } from '../../support/claude-models.ts';

/** A row of either table in terms of what can be sent, so that the two can be compared. */
function serverRow(rules: ModelRules): object {
  const { released, retires, contextWindow, maxOutputTokens, thinksByDefault } = rules;
  const highest = EFFORTS.indexOf(rules.effortWithoutThinking);
  return {
    released,
    retires,
    contextWindow,
    maxOutputTokens,
    thinksByDefault,
    samples: rules.sampling === 'one',
    thinking: rules.thinking.toSorted(),
    bindsThinking: rules.bindsThinking,
    efforts: rules.efforts,
    effortsWithoutThinking: rules.efforts.filter((effort) => EFFORTS.indexOf(effort) <= highest),
    forcedToolChoice: rules.forcedToolChoice,
    prefill: rules.prefill,
    systemInMessages: rules.systemInMessages,
  };
}

function fakeRow(model: FakeModel): object {
  const { released, retires, contextWindow, efforts } = model;
  return {
    released,
    retires,
    contextWindow,
    maxOutputTokens: model.maxOutput,
    thinksByDefault: model.thinkingWhenOmitted === 'on',
    samples: model.sampling === 'free',
    thinking: model.thinking.toSorted(),
    bindsThinking: model.preservedThinking,
    efforts,
    effortsWithoutThinking: model.anyEffortWithoutThinking
      ? efforts
      : efforts.filter((effort) => effort !== 'xhigh' && effort !== 'max'),
    forcedToolChoice: model.forcedTools,
    prefill: model.prefill,
    systemInMessages: model.systemMessages,
  };
}

describe('the table of models', () => {
  it('has exactly the ids that Claude answers to', () => {
    const ours = [...MODELS.map(({ id }) => id), ...Object.keys(DATED_IDS)];
    const claudes = FAKE_MODELS.flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(ours.sort()).toEqual(claudes.sort());
  });

  test.each(MODELS.map((rules) => [rules.id, rules] as const))("has Claude's own rules for %s", (id, rules) => {
    expect(serverRow(rules)).toEqual(fakeRow(findFakeModel(id)!));
  });

  test.each(Object.entries(DATED_IDS))('has %s under the rules of %s', (dated, id) => {
    expect(rulesOf(dated)).toBe(rulesOf(id));
  });

  it('has a successor for every id that is retired', () => {
    expect(RETIRED_MODEL_IDS.filter((id) => !Object.hasOwn(SUCCESSORS, id))).toEqual([]);
  });

  // An id that merely begins like a known one has other rules.
  test.each(['claude-opus-5-', 'claude-opus', 'claude-opus-5-20260724', 'CLAUDE-OPUS-5', ' claude-opus-5', 'toString'])(
    'does not know %j',
    (id) => {
      expect(rulesOf(id)).toBeUndefined();
    },
  );

  it('takes a model it does not know for one of the newest', () => {
    const { id, displayName, released, ...rules } = newestRules('claude-opus-6');
    expect(rules).toEqual(expect.objectContaining({ sampling: 'none', forcedToolChoice: false, prefill: false }));
    expect([id, displayName, released]).toEqual(['claude-opus-6', 'claude-opus-6', '1970-01-01']);
  });

  test.each([
    ['claude-opus-5-5', 512],
    ['claude-haiku-5-5', 512],
    ['claude-sonnet-5', 1024],
    ['claude-opus-4-8', 1024],
    ['claude-opus-4-7', 2048],
    ['claude-mythos-preview', 2048],
    ['claude-sonnet-4-6', 1024],
    ['claude-opus-4-6', 4096],
    ['claude-haiku-4-5', 4096],
  ])('knows the shortest prefix that %s caches', (id, tokens) => {
    expect(rulesOf(id)?.minCacheTokens).toBe(tokens);
  });
});
