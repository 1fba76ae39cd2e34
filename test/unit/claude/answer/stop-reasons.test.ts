import { describe, expect, test } from 'vitest';
import { toFinishReason, toRefusal } from '../../../../server/claude/answer/finish-reason.ts';

describe('the finish reason', () => {
  test.each<[string | null, string, string]>([
    ['end_turn', 'stop', 'tool_calls'],
    ['stop_sequence', 'stop', 'tool_calls'],
    ['tool_use', 'stop', 'tool_calls'],
    ['pause_turn', 'stop', 'tool_calls'],
    ['solar_flare', 'stop', 'tool_calls'],
    [null, 'stop', 'tool_calls'],
    // A call that was cut short must not be run.
    ['max_tokens', 'length', 'length'],
    ['model_context_window_exceeded', 'length', 'length'],
    ['refusal', 'content_filter', 'content_filter'],
  ])('for %s is %s, and with calls %s', (stopReason, alone, withCalls) => {
    expect(toFinishReason(stopReason, false)).toBe(alone);
    expect(toFinishReason(stopReason, true)).toBe(withCalls);
  });
});

describe('the text of a refusal', () => {
  test.each<[string | null, { explanation?: string | null } | null | undefined, string | null]>([
    ['refusal', { explanation: 'Too dangerous.' }, 'Too dangerous.'],
    ['refusal', { explanation: null }, 'Claude declined to answer this request.'],
    ['refusal', { explanation: '' }, 'Claude declined to answer this request.'],
    ['refusal', {}, 'Claude declined to answer this request.'],
    ['refusal', null, 'Claude declined to answer this request.'],
    ['refusal', undefined, 'Claude declined to answer this request.'],
    ['end_turn', { explanation: 'ignored' }, null],
    [null, undefined, null],
  ])('for %s with details %j is %j', (stopReason, details, text) => {
    expect(toRefusal(stopReason, details)).toBe(text);
  });
});
