import { expect, test, vi } from 'vitest';
import type { ChatCompletionChunk } from '../../../client/index.ts';
import { toChunkStream } from '../../../client/chunk-stream.ts';

const chunk = { id: 'chatcmpl-1' } as ChatCompletionChunk;

function source(length: number) {
  const left = vi.fn(async () => ({ done: true as const, value: undefined }));
  let count = 0;
  const open = vi.fn(() => ({
    next: async () =>
      count++ < length ? { done: false as const, value: { data: chunk } } : { done: true as const, value: undefined },
    return: left,
  }));
  return { open, left };
}

test('nothing is asked for before the first chunk is', async () => {
  const { open } = source(1);
  const stream = toChunkStream(open, undefined);
  expect(open).not.toHaveBeenCalled();
  expect(await stream.next()).toEqual({ done: false, value: chunk });
  expect(open).toHaveBeenCalledOnce();
});

test('a second reading starts no second answer', async () => {
  const { open } = source(2);
  const stream = toChunkStream(open, undefined);
  const read = async () => {
    let count = 0;
    for await (const _chunk of stream) count += 1;
    return count;
  };
  expect(await read()).toBe(2);
  expect(await read()).toBe(0);
  expect(open).toHaveBeenCalledOnce();
});

test('a stream that is left before it began never begins', async () => {
  const { open } = source(1);
  const stream = toChunkStream(open, undefined);
  await stream.return?.();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(open).not.toHaveBeenCalled();
});

test('an abort wins over chunks that already wait', async () => {
  const { open, left } = source(3);
  const leaving = new AbortController();
  const stream = toChunkStream(open, leaving.signal);
  await stream.next();
  leaving.abort('enough');
  await expect(stream.next()).rejects.toBe('enough');
  expect(left).toHaveBeenCalledOnce();
});
