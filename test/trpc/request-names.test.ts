import { describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { errorOf, parseSse, postChat } from '../support/rest-request.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { connect, type Frame, openRaw, type RawSocket, type SocketClient } from './socket-client.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };
const NAMED = { ...REQUEST, idempotencyKey: 'order-7' };

const framesOf = ({ frames }: RawSocket, id: number): Frame[] =>
  frames.filter((frame): frame is Frame => typeof frame === 'object' && frame.id === id);

const eventsOf = (raw: RawSocket, id: number) => framesOf(raw, id).flatMap(({ result }) => result?.id ?? []);

/** How a subscription ended: `stopped`, or the data of its error. */
async function endOf(raw: RawSocket, id: number): Promise<unknown> {
  return await eventually(() => {
    const frames = framesOf(raw, id);
    const failed = frames.find(({ error }) => error);
    if (failed) return failed.error!.json.data;
    expect(frames.at(-1)?.result?.type).toBe('stopped');
    return 'stopped';
  });
}

/** An answer that waits in its middle. */
function paused(app: AppResource): () => void {
  const { opened, open } = gate();
  app.fake.reply({ events: words(4, (index) => (index === 2 ? opened : undefined)) });
  return open;
}

describe('a name in the input of chat.stream', () => {
  test('joins the answer that runs, also of another socket, and stays out of what Claude gets', async () => {
    await using app = await startApp();
    const open = paused(app);
    await using one = await openRaw(app);
    await using other = await openRaw(app);
    one.subscribe(1, NAMED);
    await eventually(() => expect(eventsOf(one, 1).length).toBeGreaterThan(1));
    other.subscribe(1, NAMED);
    await eventually(() => expect(eventsOf(other, 1).length).toBeGreaterThan(1));
    open();

    expect([await endOf(one, 1), await endOf(other, 1)]).toEqual(['stopped', 'stopped']);
    expect(eventsOf(other, 1)).toEqual(eventsOf(one, 1));
    expect(claudeCalls(app)).toBe(1);
    expect(JSON.stringify(app.fake.requests[0]!.body)).not.toContain('order-7');
    expect(JSON.stringify(one.frames)).not.toContain('notices');
  });

  test.each([null, undefined])('that is %s leaves the name to the header', async (idempotencyKey) => {
    await using app = await startApp();
    app.fake.replyWith(() => ({ events: words(4) }));
    const input = encodeURIComponent(JSON.stringify({ json: { ...REQUEST, idempotencyKey } }));
    const ask = async (): Promise<string> => {
      const headers = { authorization: `Bearer ${app.apiKey}`, 'idempotency-key': 'order-7' };
      return await (await fetch(`${app.url}/trpc/chat.stream?input=${input}`, { headers })).text();
    };
    const first = await ask();
    expect(first).toContain('"finish_reason":"stop"');
    expect(await ask()).toBe(first);
    expect(claudeCalls(app)).toBe(1);
  });

  test('is the same name as the header of the REST route', async () => {
    await using app = await startApp();
    app.fake.reply({ events: words(4) });
    await using raw = await openRaw(app);
    raw.subscribe(1, NAMED);
    expect(await endOf(raw, 1)).toBe('stopped');

    const headers = { 'idempotency-key': 'order-7' };
    const response = await postChat(app, { ...REQUEST, stream: true }, { headers });
    const { chunks } = parseSse(await response.text());
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(expectedWords(4));
    const other = await postChat(app, { ...REQUEST, max_tokens: 9, stream: true }, { headers });
    expect([other.status, (await errorOf(other)).code]).toEqual([409, 'idempotency_conflict']);
    expect(claudeCalls(app)).toBe(1);
  });

  test('refuses another request, and the events of another answer', async () => {
    await using app = await startApp();
    await using raw = await openRaw(app);
    raw.subscribe(1, NAMED);
    raw.subscribe(2, { ...REQUEST, idempotencyKey: 'order-8' });
    await endOf(raw, 1);
    await endOf(raw, 2);
    const [mine, others] = [eventsOf(raw, 1)[0], eventsOf(raw, 2)[0]];

    raw.subscribe(3, { ...NAMED, max_tokens: 9 }, mine);
    raw.subscribe(4, NAMED, others);
    raw.subscribe(5, { ...NAMED, idempotencyKey: '' });
    raw.subscribe(6, NAMED, mine);
    const conflict = { httpStatus: 409, error: { code: 'idempotency_conflict' } };
    expect(await endOf(raw, 3)).toMatchObject(conflict);
    expect(await endOf(raw, 4)).toMatchObject(conflict);
    expect(await endOf(raw, 5)).toMatchObject({ httpStatus: 400, error: { param: 'idempotencyKey' } });
    expect(await endOf(raw, 6)).toBe('stopped');
    expect(eventsOf(raw, 6)).toEqual(eventsOf(raw, 1).slice(1));
    expect(claudeCalls(app)).toBe(2);
  });

  test('stands for its failure, also for one in the middle', async () => {
    await using app = await startApp();
    app.fake.reply({ events: words(2).slice(0, -3), cut: 'end' });
    await using raw = await openRaw(app);
    for (const id of [1, 2]) {
      raw.subscribe(id, NAMED);
      expect(await endOf(raw, id)).toMatchObject({ httpStatus: 502, error: { code: 'upstream_error' } });
    }
    expect(eventsOf(raw, 2)).toEqual(eventsOf(raw, 1));
    expect(claudeCalls(app)).toBe(1);
  });

  test('ends its answer at once when the caller stops it and closes its socket right away', async () => {
    await using app = await startApp();
    paused(app);
    const raw = await openRaw(app);
    raw.subscribe(1, NAMED);
    await eventually(() => expect(eventsOf(raw, 1).length).toBeGreaterThan(1));
    raw.send({ id: 1, method: 'subscription.stop' });
    raw.socket.close();
    await app.fake.requests[0]!.closed;
    await eventually(() => expect(app.app.services.answerStore.running).toBe(0));
  });
});

describe('a subscription without a name', () => {
  /** tRPC's own client behind the relay, and the text of one stream. */
  const streamed = (own: SocketClient): { text: Promise<string>; stop: () => void } => {
    let stop = (): void => {};
    const text = new Promise<string>((resolve, reject) => {
      let said = '';
      const subscription = own.client.chat.stream.subscribe(REQUEST, {
        onData: ({ data }) => (said += data.choices[0]?.delta.content ?? ''),
        onComplete: () => resolve(said),
        onError: reject,
      });
      stop = () => subscription.unsubscribe();
    });
    return { text, stop };
  };

  test.each([0, 2])('that is sent again after its connection was lost at word %i joins its answer', async (seen) => {
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    await using own = connect({ ...app, url: relay.url });
    const { opened, open } = gate();
    app.fake.reply({ events: words(4, (index) => (index === seen ? opened : undefined)) });
    const { text } = streamed(own);
    await app.fake.waitForRequest();
    await eventually(() => expect(app.app.services.answerStore.running).toBe(1));
    relay.cut();
    await eventually(() => expect(own.opened).toBe(2));
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(1));
    open();
    expect(await text).toBe(expectedWords(4));
    expect(claudeCalls(app)).toBe(1);
  });

  test('is another one while the first has its reader, and after that one stopped', async () => {
    await using app = await startApp();
    await using own = connect(app);
    const { opened, open } = gate();
    app.fake.replyWith(() => ({ events: words(2, () => opened) }));
    const first = streamed(own);
    await app.fake.waitForRequest();
    const second = streamed(own);
    await app.fake.waitForRequest(2);
    first.stop();
    await app.fake.requests[0]!.closed;
    const third = streamed(own);
    await app.fake.waitForRequest(3);
    open();
    expect(await Promise.all([second.text, third.text])).toEqual([expectedWords(2), expectedWords(2)]);
  });

  test('that nobody comes back to ends after the grace period', async () => {
    await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '50' } });
    app.fake.reply({ hang: true });
    const raw = await openRaw(app);
    raw.subscribe(1, REQUEST);
    const upstream = await app.fake.waitForRequest();
    raw.socket.terminate();
    await upstream.closed;
    expect(app.app.services.answerStore.running).toBe(0);
  });
});

describe('chat.cancel', () => {
  test('ends an answer by its id or its name, for the key that asked for it', async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'test-key,other-key' } });
    await using owner = connect(app);
    await using stranger = connect(app, { apiKey: 'other-key' });
    const { chat } = owner.client;
    for (const by of ['id', 'name'] as const) {
      paused(app);
      const leaving = new AbortController();
      const headers = { 'idempotency-key': `order-${by}` };
      const response = await postChat(app, { ...REQUEST, stream: true }, { headers, signal: leaving.signal });
      const { value } = await response.body!.pipeThrough(new TextDecoderStream()).getReader().read();
      const which = by === 'id' ? { id: /^id: (.+):/.exec(value!)![1]! } : { idempotencyKey: `order-${by}` };

      expect(await stranger.client.chat.cancel.mutate(which)).toEqual({ cancelled: false });
      expect(await chat.cancel.mutate(which)).toEqual({ cancelled: true });
      expect(app.app.services.answerStore.running).toBe(1);
      leaving.abort();
      await app.fake.requests.at(-1)!.closed;
      await eventually(() => expect(app.app.services.answerStore.running).toBe(0));
      expect(await chat.cancel.mutate(which)).toEqual({ cancelled: false });
    }
    expect(await chat.cancel.mutate({})).toEqual({ cancelled: false });
  });

  test('leaves an answer that somebody else reads, until they have gone', async () => {
    await using app = await startApp();
    const open = paused(app);
    await using reader = await openRaw(app);
    await using owner = connect(app);
    reader.subscribe(1, NAMED);
    await eventually(() => expect(eventsOf(reader, 1).length).toBeGreaterThan(1));

    expect(await owner.client.chat.cancel.mutate({ idempotencyKey: 'order-7' })).toEqual({ cancelled: true });
    open();
    expect(await endOf(reader, 1)).toBe('stopped');
  });
});
