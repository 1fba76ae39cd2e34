import { expect, test } from 'vitest';
import { createSendOnceEncoder, NOTHING_SEEN } from '../../../client/send-once.ts';

const subscription = () => ({
  id: 1,
  method: 'subscription',
  params: { path: 'chat.stream', input: { json: {} }, lastEventId: undefined as string | undefined },
});

test('a subscription goes out as it is the first time', () => {
  const encoder = createSendOnceEncoder();
  const message = subscription();
  expect(encoder.encode(message)).toBe(JSON.stringify(message));
});

test('sent again without a chunk, it carries an id that the server refuses', () => {
  const encoder = createSendOnceEncoder();
  const [message, other] = [subscription(), subscription()];
  encoder.encode([message, other]);
  const [again, fresh] = JSON.parse(encoder.encode([message, subscription()]) as string) as (typeof message)[];
  expect(again?.params).toEqual({ path: 'chat.stream', input: { json: {} }, lastEventId: NOTHING_SEEN });
  expect(fresh?.params.lastEventId).toBeUndefined();
});

test('sent again after a chunk, it carries the id of that chunk', () => {
  const encoder = createSendOnceEncoder();
  const message = subscription();
  encoder.encode(message);
  message.params.lastEventId = 'chatcmpl-1:4';
  expect(JSON.parse(encoder.encode(message) as string)).toEqual(message);
});

test('other messages may go out any number of times', () => {
  const encoder = createSendOnceEncoder();
  const stop = { id: 1, method: 'subscription.stop' };
  encoder.encode(stop);
  expect(encoder.encode(stop)).toBe(JSON.stringify(stop));
  expect(encoder.decode('{"id":1}')).toEqual({ id: 1 });
});
