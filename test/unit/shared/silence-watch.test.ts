import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SilenceWatch } from '../../../shared/silence-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('silence is noticed once, so long after what was heard last', () => {
  const lost = vi.fn();
  const watch = new SilenceWatch(1000, lost);
  vi.advanceTimersByTime(900);
  watch.heard();
  vi.advanceTimersByTime(999);
  expect(lost).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5000);
  expect(lost).toHaveBeenCalledOnce();
});

test('a process that slept reads what came meanwhile first', () => {
  const now = vi.spyOn(performance, 'now');
  const lost = vi.fn();
  const watch = new SilenceWatch(1000, lost);
  // The clock stood still for longer than timers did.
  now.mockReturnValue(60_000);
  vi.advanceTimersByTime(1000);
  expect(lost).not.toHaveBeenCalled();
  watch.heard();
  now.mockReturnValue(60_500);
  vi.advanceTimersByTime(1000);
  expect(lost).not.toHaveBeenCalled();
  now.mockReturnValue(62_000);
  vi.advanceTimersByTime(1000);
  expect(lost).toHaveBeenCalledOnce();
  watch.stop();
  now.mockRestore();
});

test('nothing is noticed after the end of the watch', () => {
  const lost = vi.fn();
  new SilenceWatch(1000, lost).stop();
  vi.advanceTimersByTime(5000);
  expect([lost.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
});
