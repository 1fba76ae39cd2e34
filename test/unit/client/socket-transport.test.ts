import { TRPCClientError } from '@trpc/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAutoTransport } from '../../../client/stream/auto-transport.ts';
import { createSocketTransport, NeverConnected } from '../../../client/stream/socket-transport.ts';
import type { StreamSink, StreamTransport } from '../../../client/stream/transport.ts';
import { TrestleError } from '../../../shared/error.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CALL = { request: { model: 'm', messages: [] }, idempotencyKey: 'k' };
const CHUNK = { id: 'chatcmpl-1:0', data: {} };

interface Handlers {
  onConnectionStateChange(state: { state: string; error: Error | null }): void;
  onStarted(): void;
  onData(event: typeof CHUNK): void;
  onError(error: Error): void;
  onStopped(): void;
  onComplete(): void;
}

/** What a sink heard, a failure by its code. */
function listen() {
  const heard: unknown[] = [];
  const sink: StreamSink = {
    state: (state) => heard.push(state),
    chunk: (_chunk, eventId) => void heard.push(eventId),
    end: () => heard.push('end'),
    fail: (thrown) =>
      heard.push(thrown instanceof NeverConnected ? ['never connected', thrown.error.code] : codeOf(thrown)),
  };
  return { heard, sink };
}

const codeOf = (thrown: unknown) => (thrown instanceof TrestleError ? thrown.code : thrown);

/** The transport over a subscription that says what the test says. */
function subscribed(hasAlternative = true) {
  let say: Handlers | undefined;
  const unsubscribe = vi.fn();
  const renew = vi.fn();
  const subscribe = vi.fn((_input: object, handlers: unknown) => {
    say = handlers as Handlers;
    return { unsubscribe };
  });
  const transport = createSocketTransport({ stream: { subscribe }, resume: { subscribe } } as never, {
    renew,
    hasAlternative,
  });
  const { heard, sink } = listen();
  const stop = transport(CALL, sink);
  const opened = (): void => say!.onConnectionStateChange({ state: 'pending', error: null });
  const lost = (cause: object = {}): void =>
    say!.onConnectionStateChange({
      state: 'connecting',
      error: new TRPCClientError('lost', { cause: cause as Error }),
    });
  return { say: say!, renew, heard, stop, unsubscribe, subscribe, opened, lost };
}

test('the request goes out under its name', () => {
  expect(subscribed().subscribe.mock.calls[0]?.[0]).toEqual({ ...CALL.request, idempotencyKey: 'k' });
});

test('a connection that comes back in time lets the stream go on', () => {
  const { say, heard, opened, lost } = subscribed();
  opened();
  say.onStarted();
  lost();
  lost();
  vi.advanceTimersByTime(14_000);
  opened();
  say.onStarted();
  vi.advanceTimersByTime(60_000);
  say.onData(CHUNK);
  say.onStopped();
  say.onComplete();
  expect(heard).toEqual(['open', 'resuming', 'resuming', 'open', 'chatcmpl-1:0', 'end']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a stream waits for another connection, but not for ever', () => {
  const { say, heard, opened, lost, unsubscribe } = subscribed();
  opened();
  say.onStarted();
  lost();
  vi.advanceTimersByTime(14_999);
  expect(heard).toEqual(['open', 'resuming']);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(['open', 'resuming', 'connection_error']);
  expect(unsubscribe).toHaveBeenCalledOnce();
});

test('a server that takes connections and loses each of them is given up', () => {
  const { say, heard, opened, lost } = subscribed();
  const started = (): void => {
    opened();
    say.onStarted();
  };
  for (let loss = 0; loss < 25; loss += 1) {
    started();
    lost();
    vi.advanceTimersByTime(100);
  }
  expect(heard.at(-1)).toBe('connection_error');
  expect(heard.filter((one) => one === 'open')).toHaveLength(21);
});

test('a socket that can not be opened, or is not in time, leaves the stream to another transport', () => {
  const refused = subscribed();
  refused.lost({ message: 'Unexpected server response: 403' });
  expect(refused.heard).toEqual([['never connected', 'connection_error']]);

  const silent = subscribed();
  vi.advanceTimersByTime(5000);
  expect(silent.heard).toEqual([['never connected', 'connection_error']]);

  const alone = subscribed(false);
  vi.advanceTimersByTime(14_999);
  expect(alone.heard).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(alone.heard).toEqual([['never connected', 'connection_error']]);

  const without = subscribed();
  without.say.onError(new TRPCClientError('no WebSocket here'));
  expect(without.heard).toEqual([['never connected', 'connection_error']]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a request that could not be sent for want of a connection is sent again, or what is left of its answer', () => {
  const { say, heard, opened, subscribe } = subscribed();
  const unsent = new TRPCClientError('Active connection is not open');
  opened();
  say.onError(unsent);
  vi.advanceTimersByTime(100);
  opened();
  say.onStarted();
  say.onData(CHUNK);
  say.onError(unsent);
  vi.advanceTimersByTime(100);
  const named = { ...CALL.request, idempotencyKey: 'k' };
  expect(subscribe.mock.calls.map(([input]) => input)).toEqual([named, named, { lastEventId: 'chatcmpl-1:0' }]);
  expect(heard).toEqual(['connecting', 'open', 'chatcmpl-1:0', 'resuming']);
});

test('a stream that is refused since the server is about to stop is sent again over another socket', () => {
  const { say, heard, renew, opened, subscribe } = subscribed();
  const draining = { message: 'stopping', type: 'server_error', param: null, code: 'draining' };
  const refusal = new TRPCClientError('stopping', {
    result: { error: { data: { httpStatus: 503, error: draining, retryAfter: 2 } } },
  });
  opened();
  say.onError(refusal);
  expect([renew.mock.calls.length, subscribe.mock.calls.length]).toEqual([1, 1]);
  vi.advanceTimersByTime(2000);
  expect(subscribe).toHaveBeenCalledTimes(2);
  say.onStarted();
  say.onData(CHUNK);
  say.onError(refusal);
  vi.advanceTimersByTime(15_000);
  expect(subscribe.mock.lastCall?.[0]).toEqual({ lastEventId: 'chatcmpl-1:0' });
  expect(heard).toEqual(['connecting', 'open', 'chatcmpl-1:0', 'resuming', 'draining']);
});

test('a chunk that comes twice is one', () => {
  const { say, heard, opened } = subscribed();
  opened();
  for (const id of ['chatcmpl-1:0', 'chatcmpl-1:1', 'chatcmpl-1:0', 'chatcmpl-1:1', 'chatcmpl-1:2']) {
    say.onData({ ...CHUNK, id });
  }
  expect(heard).toEqual(['chatcmpl-1:0', 'chatcmpl-1:1', 'chatcmpl-1:2']);
});

test('a stream that the server has taken has its connection', () => {
  const { say, heard } = subscribed();
  say.onStarted();
  vi.advanceTimersByTime(60_000);
  expect(heard).toEqual(['open']);
});

test('an end that the server did not declare is an error', () => {
  const { say, heard, opened } = subscribed();
  opened();
  say.onData(CHUNK);
  say.onComplete();
  expect(heard).toEqual(['chatcmpl-1:0', 'connection_error']);
});

test('a message that the socket refused as too long is a 413', () => {
  const { heard, opened, lost } = subscribed();
  opened();
  lost({ cause: { code: 1009 } });
  expect(heard).toEqual(['request_too_large']);

  const taken = subscribed();
  taken.opened();
  taken.say.onStarted();
  taken.lost({ cause: { code: 1009 } });
  expect(taken.heard).toEqual(['open', 'resuming']);
  taken.stop();
});

test('leaving stops the clock and the subscription', () => {
  const { say, heard, opened, lost, stop, unsubscribe } = subscribed();
  opened();
  lost();
  stop();
  say.onComplete();
  expect(vi.getTimerCount()).toBe(0);
  expect(unsubscribe).toHaveBeenCalledOnce();
  expect(heard).toEqual(['connecting']);
});

/** A transport that hands its sinks to the test. */
function manual() {
  const sinks: StreamSink[] = [];
  const stop = vi.fn();
  const transport: StreamTransport = (_call, sink) => {
    sinks.push(sink);
    return stop;
  };
  return { sinks, stop, transport };
}

const NO_SOCKET = new NeverConnected(new TrestleError('connection_error', 'blocked'));

test('HTTP is remembered once it has worked, and not before, for a while that grows', () => {
  const [socket, http] = [manual(), manual()];
  const auto = createAutoTransport(socket.transport, http.transport);
  const { heard, sink } = listen();

  auto(CALL, sink);
  socket.sinks[0]!.fail(NO_SOCKET);
  http.sinks[0]!.fail(new TrestleError('connection_error', 'down'));
  expect(heard).toEqual(['connection_error']);
  const stop = auto(CALL, sink);
  socket.sinks[1]!.fail(NO_SOCKET);
  http.sinks[1]!.state('open');
  auto(CALL, sink);
  expect([socket.sinks.length, http.sinks.length]).toEqual([2, 3]);
  vi.advanceTimersByTime(60_000);
  auto(CALL, sink);
  expect([socket.sinks.length, http.sinks.length]).toEqual([3, 3]);
  socket.sinks[2]!.fail(NO_SOCKET);
  http.sinks[3]!.state('open');
  vi.advanceTimersByTime(119_000);
  auto(CALL, sink);
  expect([socket.sinks.length, http.sinks.length]).toEqual([3, 5]);
  stop();
  expect([socket.stop.mock.calls.length, http.stop.mock.calls.length]).toEqual([0, 1]);
});

test('a client whose sockets have worked goes on to try them', () => {
  const [socket, http] = [manual(), manual()];
  const auto = createAutoTransport(socket.transport, http.transport);
  const { sink } = listen();

  auto(CALL, sink);
  socket.sinks[0]!.state('open');
  auto(CALL, sink);
  socket.sinks[1]!.fail(NO_SOCKET);
  http.sinks[0]!.state('open');
  auto(CALL, sink);
  expect([socket.sinks.length, http.sinks.length]).toEqual([3, 1]);
});
