import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ChatCompletionChunk, TrestleError } from '../../../client/index.ts';
import { ChatStream, type ChatStreamOptions } from '../../../client/stream/chat-stream.ts';
import type { StreamSink } from '../../../client/stream/transport.ts';

const unhandled = vi.fn();
beforeEach(() => {
  unhandled.mockClear();
  process.on('unhandledRejection', unhandled);
});
afterEach(async () => {
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

/** A stream of which the test is the transport. */
function script(options: ChatStreamOptions = {}) {
  let sink: StreamSink | undefined;
  const stop = vi.fn();
  const start = vi.fn((given: StreamSink) => {
    sink = given;
    return stop;
  });
  const stream = new ChatStream(start, options);
  let count = 0;
  const say = (content: string, finish: 'stop' | null = null): Promise<void> | undefined =>
    sink!.chunk(chunkOf(content, finish), `chatcmpl-1:${count++}`);
  return { stream, start, stop, say, sink: () => sink! };
}

function chunkOf(content: string, finish: 'stop' | null): ChatCompletionChunk {
  const choices = [{ index: 0, delta: { content }, logprobs: null, finish_reason: finish }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
}

test('nothing is asked for before something is asked of it', async () => {
  const { stream, start, sink } = script();
  expect(start).not.toHaveBeenCalled();
  const first = stream.next();
  expect(start).toHaveBeenCalledOnce();
  sink().end();
  expect(await first).toEqual({ done: true, value: undefined });
});

test('a stream that is left before it began never begins', async () => {
  const { stream, start, stop } = script();
  await stream.return();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await expect(stream.text()).rejects.toMatchObject({ code: 'cancelled' });
  expect([start, stop].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  expect(stream.state).toBe('closed');
});

test('a second reading gets nothing, and starts nothing', async () => {
  const { stream, start, say, sink } = script();
  const read = async (): Promise<number> => {
    let count = 0;
    for await (const _chunk of stream) count += 1;
    return count;
  };
  const first = read();
  void say('a');
  void say('b', 'stop');
  sink().end();
  expect([await first, await read()]).toEqual([2, 0]);
  expect(start).toHaveBeenCalledOnce();
});

test('the chunks can not be read beside somebody who reads the whole', async () => {
  vi.useFakeTimers();
  const { stream, say, sink } = script();
  const text = stream.text();
  void say('early ');
  vi.advanceTimersByTime(0);
  await expect(stream.next()).rejects.toMatchObject({ name: 'TrestleError', code: 'stream_already_read' });
  void say('late', 'stop');
  sink().end();
  expect(await text).toBe('early late');
  await expect(stream.next()).rejects.toMatchObject({ code: 'stream_already_read' });
  expect(stream.lastEventId).toBe('chatcmpl-1:1');
});

test('the chunks can be read by who asks for the whole first, and begins in the same turn', async () => {
  const { stream, say, sink } = script();
  const text = stream.text();
  void say('a');
  const first = await stream.next();
  void say('b', 'stop');
  sink().end();
  expect(first.value?.choices[0]?.delta.content).toBe('a');
  expect((await stream.next()).value?.choices[0]?.delta.content).toBe('b');
  expect(await text).toBe('ab');
});

test('the last event is the last that was read, not the last that came', async () => {
  const { stream, say } = script();
  const first = stream.next();
  void say('a');
  void say('b');
  await first;
  expect([stream.id, stream.lastEventId]).toEqual(['chatcmpl-1', 'chatcmpl-1:0']);
  await stream.next();
  expect(stream.lastEventId).toBe('chatcmpl-1:1');
});

test('an abort wins over chunks that already wait, also over the end', async () => {
  const leaving = new AbortController();
  const { stream, say, sink, stop } = script({ signal: leaving.signal });
  const first = stream.next();
  void say('a');
  void say('b', 'stop');
  sink().end();
  await first;
  leaving.abort('enough');
  await expect(stream.next()).rejects.toBe('enough');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(await stream.text()).toBe('ab');
  expect(stop).not.toHaveBeenCalled();
});

test('what arrived before a failure is read before it', async () => {
  const { stream, say, sink } = script();
  const first = stream.next();
  void say('a');
  void say('b');
  sink().fail(new TrestleError('upstream_error', 'broke off'));
  expect((await first).done).toBe(false);
  expect((await stream.next()).done).toBe(false);
  await expect(stream.next()).rejects.toMatchObject({ code: 'upstream_error' });
  await expect(stream.completion()).rejects.toMatchObject({ code: 'upstream_error' });
});

test('answers that nobody waits for are no unhandled rejections', async () => {
  const { stream, sink } = script();
  void stream.text();
  void stream.completion();
  void stream.toolCalls();
  sink().fail(new TrestleError('overloaded', 'busy'));
  expect(stream.state).toBe('closed');
});

test('a slow reader makes the transport wait, and who reads the whole does not', async () => {
  vi.useFakeTimers();
  const { stream, say } = script();
  const first = stream.next();
  for (let index = 0; index < 64; index += 1) expect(say('x')).toBeUndefined();
  await first;
  const room = vi.fn();
  const waiting = say('x')!.then(room);
  await Promise.resolve();
  expect(room).not.toHaveBeenCalled();
  await stream.next();
  await waiting;
  expect(room).toHaveBeenCalledOnce();

  const other = script();
  void other.stream.text();
  vi.advanceTimersByTime(0);
  for (let index = 0; index < 200; index += 1) expect(other.say('x')).toBeUndefined();
});

test('a deadline counts from the start, stops the transport, and leaves no timer behind', async () => {
  vi.useFakeTimers();
  const { stream, stop } = script({ deadlineMs: 1000 });
  vi.advanceTimersByTime(5000);
  const failure = expect(stream.text()).rejects.toMatchObject({ status: 0, code: 'deadline_exceeded' });
  vi.advanceTimersByTime(999);
  expect(stop).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  await failure;
  expect(stop).toHaveBeenCalledOnce();

  const endless = script({ deadlineMs: Infinity });
  const text = endless.stream.text();
  vi.advanceTimersByTime(10_000_000);
  void endless.say('a', 'stop');
  endless.sink().end();
  expect(await text).toBe('a');
  expect(vi.getTimerCount()).toBe(0);
});

test('states are told once each, and nothing after the end', () => {
  const { stream, sink } = script();
  const states: string[] = [];
  stream.on('state', (state) => states.push(state));
  void stream.text();
  for (const state of ['open', 'open', 'resuming', 'open'] as const) sink().state(state);
  sink().end();
  sink().state('resuming');
  expect(states).toEqual(['open', 'resuming', 'open', 'closed']);
});

test('a stream that has no chunks is no answer', async () => {
  const { stream, sink } = script();
  const completion = stream.completion();
  sink().end();
  await expect(completion).rejects.toMatchObject({ name: 'TrestleError', code: 'incomplete_stream' });
  expect([await stream.text(), await stream.toolCalls()]).toEqual(['', []]);
});

test('one signal for a thousand streams is listened to once, and ends them all', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const leaving = new AbortController();
  const added = vi.spyOn(leaving.signal, 'addEventListener');
  const streams = Array.from({ length: 1000 }, () => new ChatStream(() => () => {}, { signal: leaving.signal }));
  const texts = streams.map((stream) => stream.text());
  leaving.abort(new Error('enough'));
  for (const text of await Promise.allSettled(texts)) expect(text).toMatchObject({ reason: { message: 'enough' } });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warn);
  expect([added.mock.calls.length, warnings]).toEqual([1, []]);
});
