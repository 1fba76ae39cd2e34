import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/fake-claude.ts';
import { errorOf, postChat } from '../support/rest-request.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { type Frame, openRaw, type RawSocket } from './socket-client.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

/** On a machine that does other things. */
const PATIENT = { timeout: 8000 };

/** A stream that says so many letters and then waits for ever. */
function begun(letters: number): Answer {
  return {
    events: [
      { type: 'message_start', message: { id: 'msg_1', model: MODEL, usage: { input_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x'.repeat(letters) } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'last' } },
      () => new Promise<void>(() => undefined),
    ],
  };
}

function framesOf({ frames }: RawSocket, id: number): Frame[] {
  return frames.filter((frame): frame is Frame => typeof frame !== 'string' && frame.id === id);
}

async function refusalOf(raw: RawSocket, id: number): Promise<unknown> {
  await eventually(() => expect(framesOf(raw, id).at(-1)?.result?.type).toBe('stopped'), PATIENT);
  return framesOf(raw, id).find(({ error }) => error !== undefined)?.error?.json.data;
}

/** Subscribes and waits until all that {@link begun} says has come. */
async function begin(raw: RawSocket, id: number): Promise<void> {
  raw.subscribe(id, REQUEST);
  await eventually(() => expect(JSON.stringify(framesOf(raw, id)).includes('"last"')).toBe(true), PATIENT);
}

function calls({ fake }: AppResource): number {
  return fake.requests.filter(({ path }) => path === '/v1/messages').length;
}

describe('the limit of streams on a socket', () => {
  test('refuses one too many with 429, and takes another once one has ended', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_SUBSCRIPTIONS: '3' } });
    app.fake.replyWith(() => begun(5));
    await using raw = await openRaw(app);
    for (const id of [1, 2, 3]) await begin(raw, id);
    raw.subscribe(4, REQUEST);
    expect(await refusalOf(raw, 4)).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      httpStatus: 429,
      error: { code: 'too_many_subscriptions', message: 'A socket carries 3 calls at a time' },
    });
    expect(calls(app)).toBe(3);

    raw.send({ id: 1, method: 'subscription.stop' });
    await eventually(() => expect(framesOf(raw, 1).at(-1)?.result?.type).toBe('stopped'));
    await begin(raw, 5);
  });

  test('does not hold for other sockets', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_SUBSCRIPTIONS: '1' } });
    app.fake.replyWith(() => begun(5));
    await using first = await openRaw(app);
    await using second = await openRaw(app);
    await begin(first, 1);
    await begin(second, 1);
    expect(calls(app)).toBe(2);
  });

  test('is 100 by default', async () => {
    await using app = await startApp();
    app.fake.replyWith(() => begun(5));
    await using raw = await openRaw(app);
    for (let id = 1; id <= 100; id += 1) raw.subscribe(id, REQUEST);
    await app.fake.waitForRequest(100);
    raw.subscribe(101, REQUEST);
    expect(await refusalOf(raw, 101)).toMatchObject({ httpStatus: 429 });
  });
});

describe('the limit of sockets', () => {
  test('refuses the handshake of one too many with 503 and a reason, and takes another once one is closed', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_SOCKETS: '2' } });
    const first = await openRaw(app);
    await using _second = await openRaw(app);
    const third = new WebSocket(`${app.url.replace('http', 'ws')}/trpc`);
    const [request, response] = await once(third, 'unexpected-response');
    const [body] = (await once(response, 'data')) as [Buffer];
    request.destroy();
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(body.toString())).toEqual({
      error: {
        message: 'The server carries 2 WebSockets at a time; try again later',
        type: 'server_error',
        param: null,
        code: 'too_many_sockets',
      },
    });

    await first[Symbol.asyncDispose]();
    await eventually(async () => {
      await using fourth = await openRaw(app);
      expect(fourth.socket.readyState).toBe(WebSocket.OPEN);
    });
  });
});

describe('the memory for replays', () => {
  const ROOM = { TRESTLE_REPLAY_BYTES: '200000', TRESTLE_REPLAY_TOTAL_BYTES: '100000' };

  test('is taken from finished answers first, the oldest before the others', async () => {
    await using app = await startApp({ environment: ROOM });
    const { answerStore } = app.app.services;
    app.fake.replyWith(() => ({
      message: { content: [{ type: 'text', text: 'x'.repeat(30_000) }] },
      pieceSize: 30_000,
    }));
    const ids: string[] = [];
    await using raw = await openRaw(app);
    for (const id of [1, 2, 3, 4, 5]) {
      raw.subscribe(id, REQUEST);
      await eventually(() => expect(framesOf(raw, id).at(-1)?.result?.type).toBe('stopped'), PATIENT);
      ids.push(
        framesOf(raw, id)
          .find(({ result }) => result?.type === 'data')!
          .result!.id!.split(':')[0]!,
      );
      expect(answerStore.gauges().bytes).toBeLessThan(150_000);
    }
    raw.subscribe(10, REQUEST, `${ids[0]}:0`);
    expect(await refusalOf(raw, 10)).toMatchObject({ httpStatus: 412, error: { code: 'stream_not_resumable' } });
    raw.subscribe(11, REQUEST, `${ids[4]}:0`);
    await eventually(() => expect(framesOf(raw, 11).at(-1)?.result?.type).toBe('stopped'));
    expect(JSON.stringify(framesOf(raw, 11)).includes('xxx')).toBe(true);
  });

  test('is given back by running answers of what was read; those go on', async () => {
    await using app = await startApp({ environment: ROOM });
    let more = (): void => {};
    const gate = new Promise<void>((resolve) => {
      more = resolve;
    });
    const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x'.repeat(60_000) } };
    app.fake.replyWith(() => ({
      events: [
        { type: 'message_start', message: { id: 'msg_1', model: MODEL, usage: { input_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        ...Array.from({ length: 10 }, () => delta),
        () => gate,
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
        { type: 'message_stop' },
      ],
    }));
    await using raw = await openRaw(app);
    for (const id of [1, 2, 3]) raw.subscribe(id, REQUEST);
    const chunks = (): number => raw.frames.filter((frame) => JSON.stringify(frame).includes('xxx')).length;
    await eventually(() => expect(chunks()).toBe(30), PATIENT);
    // One chunk of each, which is dropped when the next one comes.
    expect(app.app.services.answerStore.gauges().bytes).toBeLessThan(100_000 + 3 * 70_000);
    more();
    for (const id of [1, 2, 3])
      await eventually(() => expect(framesOf(raw, id).at(-1)?.result?.type).toBe('stopped'), PATIENT);
  });

  test('refuses a new stream with 503 when running ones hold all of it, over WebSocket and REST', async () => {
    await using app = await startApp({ environment: ROOM });
    app.fake.replyWith(() => begun(120_000));
    await using raw = await openRaw(app);
    await begin(raw, 1);
    // What both have yet to read can't be dropped.
    app.app.services.answerStore.budget.add(200_000);
    raw.subscribe(2, REQUEST);
    const error = { type: 'server_error', code: 'too_many_streams' };
    expect(await refusalOf(raw, 2)).toMatchObject({ httpStatus: 503, code: 'SERVICE_UNAVAILABLE', error });
    const response = await postChat(app, { ...REQUEST, stream: true });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await errorOf(response)).toMatchObject(error);
    expect(calls(app)).toBe(1);
    app.app.services.answerStore.budget.add(-200_000);
    await begin(raw, 3);
  });

  test('counts whole answers that are kept for repeated requests, and gives them up as well', async () => {
    await using app = await startApp({ environment: ROOM });
    const { answerStore } = app.app.services;
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: 'x'.repeat(40_000) }] } }));
    const ask = (key: string): Promise<Response> => postChat(app, REQUEST, { headers: { 'idempotency-key': key } });
    for (const key of ['a', 'b', 'c', 'd']) await (await ask(key)).text();
    const { running, kept, bytes } = answerStore.gauges();
    expect([running, kept, Math.round(bytes / 10_000)]).toEqual([0, 0, 8]);
    for (const key of ['c', 'd']) await (await ask(key)).text();
    expect(calls(app)).toBe(4);
    await (await ask('a')).text();
    expect(calls(app)).toBe(5);
  });
});
