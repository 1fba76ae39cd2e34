import { describe, expect, test } from 'vitest';
import { createTrestleClient } from '../../client/index.ts';
import type { StreamState } from '../../client/stream/state.ts';
import { startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { MODEL } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };

describe.each(['websocket', 'http'] as const)('a stream over %s whose connection is lost', (transport) => {
  test('20 times during 500 chunks has every chunk once, with one call to Claude', async () => {
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    let seen = '';
    // Every 25th word waits until the one before it has been seen, and a cut follows it.
    app.fake.reply({
      events: words(500, async (index) => {
        if (index % 25 !== 24) return;
        await eventually(() => expect(seen).toContain(`${index - 1} `), { timeout: 10_000, interval: 2 });
        relay.cut();
      }),
    });
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport });
    const stream = client.stream(REQUEST);
    const ids = new Set<string>();
    let count = 0;
    for await (const chunk of stream) {
      count += 1;
      ids.add(stream.lastEventId!);
      seen += chunk.choices[0]?.delta.content ?? '';
    }
    expect(seen).toBe(expectedWords(500));
    expect(await stream.text()).toBe(seen);
    expect(ids.size).toBe(count);
    expect(relay.connections).toBeGreaterThan(10);
    expect(claudeCalls(app)).toBe(1);
    expect(app.app.services.answerStore.running).toBe(0);
    await client.close();
  });

  test('before its first chunk joins the answer that it started', async () => {
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    const { opened, open } = gate();
    app.fake.replyWith(async () => {
      await opened;
      return { message: { content: [{ type: 'text', text: 'late' }] } };
    });
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport });

    const text = client.stream(REQUEST).text();
    await app.fake.waitForRequest();
    const before = relay.connections;
    relay.cut();
    await eventually(() => expect(relay.connections).toBeGreaterThan(before));
    open();

    expect(await text).toBe('late');
    expect(claudeCalls(app)).toBe(1);
    await client.close();
  });

  test('with a failure on its way fails with it, and Claude is not asked again', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    await using relay = await startRelay(app.url);
    const { opened, open } = gate();
    app.fake.replyWith(async () => {
      await opened;
      return { status: 529 };
    });
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport });

    const stream = client.stream(REQUEST);
    const failure = stream.text().catch((error: unknown) => error);
    await app.fake.waitForRequest();
    relay.mute();
    open();
    await eventually(() => expect(app.app.services.answerStore.running).toBe(0));
    relay.cut();

    expect(await failure).toMatchObject({ status: 503, code: 'overloaded' });
    expect(claudeCalls(app)).toBe(1);
    // Another stream is another request.
    await expect(client.stream(REQUEST).text()).rejects.toMatchObject({ code: 'overloaded' });
    expect(claudeCalls(app)).toBe(2);
    await client.close();
  });

  test('tells of its connection, in order', async () => {
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    const { opened, open } = gate();
    app.fake.reply({ events: words(4, (index) => (index === 2 ? opened : undefined)) });
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport });
    const stream = client.stream(REQUEST);
    const states: StreamState[] = [stream.state];
    const forgotten: StreamState[] = [];
    stream.on('state', (state) => states.push(state));
    const forget = stream.on('state', (state) => forgotten.push(state));

    await stream.next();
    forget();
    relay.cut();
    await eventually(() => expect(states).toHaveLength(4));
    open();
    expect(await stream.text()).toBe(expectedWords(4));

    expect(states).toEqual(['connecting', 'open', 'resuming', 'open', 'closed']);
    expect(forgotten).toEqual(['open']);
    await client.close();
  });

  test('by a server that is about to stop goes on at another one', async () => {
    await using stopping = await startApp();
    await using other = await startApp();
    await using relay = await startRelay(stopping.url);
    const client = createTrestleClient({ url: relay.url, apiKey: stopping.apiKey, transport });
    await client.stream(REQUEST).text();
    void stopping.app.services.runningCalls.drain(0);
    relay.moveTo(other.url);

    expect(await client.stream(REQUEST).text()).toContain('Hello');
    expect([claudeCalls(stopping), claudeCalls(other)]).toEqual([1, 1]);
    await client.close();
  });

  test('before its first chunk is found again by the name of its request', async () => {
    await using app = await startApp();
    const { opened, open } = gate();
    app.fake.reply({ events: words(3, () => opened) });
    const client = createTrestleClient({ url: app.url, apiKey: app.apiKey, transport });
    const first = client.stream(REQUEST, { idempotencyKey: 'chat-1' });
    const texts = [first.text()];
    await app.fake.waitForRequest();

    texts.push(client.resume({ idempotencyKey: 'chat-1' }).text());
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(2));
    open();

    expect(await Promise.all(texts)).toEqual([expectedWords(3), expectedWords(3)]);
    expect(claudeCalls(app)).toBe(1);
    const unknown = client.resume({ idempotencyKey: 'chat-2' });
    await expect(unknown.text()).rejects.toMatchObject({ status: 412, code: 'stream_not_resumable' });
    await client.close();
  });

  test('for longer than the server keeps its answer fails, without a second call to Claude', async () => {
    await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '0' } });
    await using relay = await startRelay(app.url);
    app.fake.reply({ hang: true });
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport });

    const text = client.stream(REQUEST).text();
    const upstream = await app.fake.waitForRequest();
    relay.cut();

    // Cancelled at once, and kept as failed under its name.
    await expect(text).rejects.toMatchObject({ code: 'stream_not_resumable' });
    await upstream.closed;
    expect(claudeCalls(app)).toBe(1);
    await client.close();
  });
});

test('streams whose requests together are longer than a message may be come back all the same', async () => {
  await using app = await startApp({ environment: { TRESTLE_BODY_LIMIT: '4000' } });
  await using relay = await startRelay(app.url);
  const { opened, open } = gate();
  app.fake.replyWith(() => ({ events: words(4, (index) => (index === 2 ? opened : undefined)) }));
  const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport: 'websocket' });
  const long = { ...REQUEST, messages: [{ role: 'user' as const, content: 'x'.repeat(2500) }] };

  const texts: Promise<string>[] = [];
  for (let index = 0; index < 3; index += 1) {
    const stream = client.stream(long);
    texts.push(stream.text());
    await eventually(() => expect(stream.id).toBeDefined());
  }
  relay.cut();
  await eventually(() => expect(relay.connections).toBe(2));
  open();

  expect(await Promise.all(texts)).toEqual(Array(3).fill(expectedWords(4)));
  expect(claudeCalls(app)).toBe(3);
  await client.close();
});

test('a socket that is lost while nobody uses it is replaced for the next stream', async () => {
  await using app = await startApp();
  await using relay = await startRelay(app.url);
  const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport: 'websocket' });
  await client.stream(REQUEST).text();
  relay.cut();
  const states: StreamState[] = [];
  const stream = client.stream(REQUEST);
  stream.on('state', (state) => states.push(state));
  expect(await stream.text()).toContain('Hello');
  expect(states.at(0)).toBe('open');
  expect(states.at(-1)).toBe('closed');
  await client.close();
});
