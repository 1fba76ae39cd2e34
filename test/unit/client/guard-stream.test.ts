import { TRPCClientError } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guardStream } from '../../../client/guard-stream.ts';
import { toTrestleError } from '../../../client/to-trestle-error.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The guard around a link that says what the test says. */
function guarded() {
  let say: { next(envelope: object): void; complete(): void } | undefined;
  const left = vi.fn();
  const heard: unknown[] = [];
  const inner = observable((observer) => {
    say = observer as typeof say;
    return left;
  });
  const link = guardStream({})({ op: {}, next: () => inner } as never);
  const subscription = link.subscribe({
    next: ({ result }) => heard.push(result.type),
    error: (error: Error) => heard.push(toTrestleError(error).code),
    complete: () => heard.push('complete'),
  });
  const lost = (cause: object) => ({
    result: { type: 'state', state: 'connecting', error: new TRPCClientError('lost', { cause: cause as Error }) },
  });
  return { say: say!, left, heard, subscription, lost };
}

const data = { result: { type: 'data', data: {} } };

test('a lost connection fails a stream that has not begun', () => {
  const { say, heard, left, lost } = guarded();
  say.next({ result: { type: 'started' } });
  say.next(lost({ cause: { code: 1006 } }));
  expect(heard).toEqual(['started', 'connection_error']);
  expect(left).toHaveBeenCalledOnce();
});

test('a stream that has begun waits for another connection, but not for ever', () => {
  const { say, heard, lost } = guarded();
  say.next(data);
  say.next(lost({}));
  say.next(lost({}));
  vi.advanceTimersByTime(14_000);
  expect(heard).toEqual(['data']);
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(['data', 'connection_error']);
});

test('a connection that comes back in time lets it go on', () => {
  const { say, heard, lost } = guarded();
  say.next(data);
  say.next(lost({}));
  say.next({ result: { type: 'state', state: 'pending', error: null } });
  vi.advanceTimersByTime(60_000);
  say.next(data);
  say.next({ result: { type: 'stopped' } });
  say.complete();
  expect(heard).toEqual(['data', 'data', 'stopped', 'complete']);
});

test('an end that the server did not declare is an error', () => {
  const { say, heard } = guarded();
  say.next(data);
  say.complete();
  expect(heard).toEqual(['data', 'connection_error']);
});

test('a message that the socket refused as too long is a 413', () => {
  const { say, heard, lost } = guarded();
  say.next(lost({ cause: { code: 1009 } }));
  expect(heard).toEqual(['request_too_large']);
});

test('leaving stops the clock', () => {
  const { say, heard, subscription, lost } = guarded();
  say.next(data);
  say.next(lost({}));
  subscription.unsubscribe();
  expect(vi.getTimerCount()).toBe(0);
  expect(heard).toEqual(['data']);
});
