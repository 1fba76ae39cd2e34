import { describe, expect, test } from 'vitest';
import {
  noticeOfStop,
  STOP_REASONS,
  toFinishReason,
  toRefusal,
} from '../../../../server/claude/answer/stop-reasons.ts';

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

describe('the notice of a stop reason', () => {
  test.each([null, ...Object.keys(STOP_REASONS)])('is not made for %s', (stopReason) =>
    expect(noticeOfStop(stopReason)).toBeUndefined(),
  );

  test.each(['solar_flare', 'constructor'])('names %s, which is not in the table', (stopReason) =>
    expect(noticeOfStop(stopReason)).toMatchObject({
      param: 'finish_reason',
      action: 'substituted',
      message: expect.stringContaining(`'${stopReason}'`) as string,
    }),
  );
});
