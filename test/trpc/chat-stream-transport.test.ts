import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createTrestleClient, type WebSocketClass } from '../../client/index.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { holdClocks, pass } from '../support/pass-time.ts';
import { startUpgradeBlocker } from '../support/upgrade-blocker.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { MODEL } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };

function connect({ apiKey }: Pick<AppResource, 'apiKey'>, url: string, WebSocket?: WebSocketClass) {
  const asked: string[] = [];
  const client = createTrestleClient({
    url,
    apiKey,
    WebSocket,
    fetch: (input, init) => {
      asked.push(`${init?.method ?? 'GET'} ${new URL(new Request(input).url).pathname}`);
      return fetch(input, init);
    },
  });
  return { client, asked, [Symbol.asyncDispose]: () => client.close() };
}

afterEach(() => void vi.useRealTimers());

/** WebSockets alone go through the relay. */
function relayed({ url }: { url: string }): WebSocketClass {
  return class extends WebSocket {
    constructor(address: string) {
      super(address.replace(/^ws:\/\/[^/]+/, url.replace('http', 'ws')));
    }
  };
}

describe('a client that chooses its transport', () => {
  test('takes the WebSocket where there is one', async () => {
    await using app = await startApp();
    await using connection = connect(app, app.url);
    await connection.client.stream(REQUEST).text();
    expect(connection.asked).toEqual([]);
  });

  test('falls back to HTTP behind a proxy that refuses upgrades, and remembers it', async () => {
    await using app = await startApp();
    await using proxy = await startUpgradeBlocker(app.url);
    await using connection = connect(app, proxy.url);
    app.fake.replyWith(() => ({ events: words(20) }));

    expect(await connection.client.stream(REQUEST).text()).toBe(expectedWords(20));
    expect(await connection.client.stream(REQUEST).text()).toBe(expectedWords(20));

    expect(proxy.upgrades).toBe(1);
    expect(connection.asked).toEqual(Array(2).fill('POST /v1/chat/completions'));
    expect(claudeCalls(app)).toBe(2);
  });

  test('falls back to HTTP behind a proxy that swallows upgrades', async () => {
    await using app = await startApp();
    await using proxy = await startUpgradeBlocker(app.url, true);
    await using connection = connect(app, proxy.url);
    app.fake.reply({ events: words(3) });

    expect(await connection.client.stream(REQUEST).text()).toBe(expectedWords(3));
    expect(claudeCalls(app)).toBe(1);
  });

  test('falls back to HTTP behind a proxy that takes upgrades and swallows what follows, and tries again later', async () => {
    holdClocks();
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    await using connection = connect(app, app.url, relayed(relay));
    app.fake.replyWith(() => ({ events: words(3) }));
    const stream = async (): Promise<void> => {
      const text = connection.client.stream(REQUEST).text();
      await pass(6000);
      expect(await text).toBe(expectedWords(3));
    };

    relay.swallow();
    await stream();
    expect(claudeCalls(app)).toBe(1);
    await stream();
    expect([relay.connections, connection.asked.length]).toEqual([1, 2]);
    await pass(60_000);
    await stream();
    expect([relay.connections, connection.asked.length, claudeCalls(app)]).toEqual([2, 3, 3]);
  });

  test('falls back to HTTP where a page may open no sockets', async () => {
    await using app = await startApp();
    function Forbidden(): never {
      throw new Error('blocked by the content security policy');
    }
    await using connection = connect(app, app.url, Forbidden as unknown as WebSocketClass);
    expect(await connection.client.stream(REQUEST).text()).toContain('Hello');
    expect(connection.asked).toEqual(['POST /v1/chat/completions']);
  });

  test('does not take a refusal for a blocked socket', async () => {
    await using app = await startApp();
    await using connection = connect({ apiKey: 'wrong' }, app.url);
    await using other = connect(app, app.url);

    await expect(connection.client.stream(REQUEST).text()).rejects.toMatchObject({ code: 'invalid_api_key' });
    const unknown = other.client.stream({ ...REQUEST, model: 'gpt-9' });
    await expect(unknown.text()).rejects.toMatchObject({ code: 'model_not_found' });
    expect([connection.asked, other.asked]).toEqual([[], []]);
  });

  test('does not change its transport for a stream that had a connection', async () => {
    await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '0' } });
    const sockets: WebSocket[] = [];
    class Recorded extends WebSocket {
      constructor(address: string) {
        super(address);
        sockets.push(this);
      }
    }
    await using connection = connect(app, app.url, Recorded);
    app.fake.reply({ hang: true });

    const text = connection.client.stream(REQUEST).text();
    await app.fake.waitForRequest();
    sockets[0]?.terminate();

    await expect(text).rejects.toMatchObject({ code: 'stream_not_resumable' });
    expect(connection.asked).toEqual([]);
    expect(claudeCalls(app)).toBe(1);
  });

  test('says so soon when nothing answers at all, and takes the WebSocket once it does', async () => {
    const gone = await startApp();
    await gone[Symbol.asyncDispose]();
    await using down = connect(gone, gone.url);
    const startedAt = performance.now();
    await expect(down.client.stream(REQUEST).text()).rejects.toMatchObject({ status: 0, code: 'connection_error' });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(down.asked).toEqual([]);
  });
});

test('a client told to use WebSockets alone fails without one', async () => {
  await using app = await startApp();
  await using proxy = await startUpgradeBlocker(app.url);
  const client = createTrestleClient({ url: proxy.url, apiKey: app.apiKey, transport: 'websocket' });
  await expect(client.stream(REQUEST).text()).rejects.toMatchObject({
    code: 'connection_error',
    message: expect.stringContaining('403'),
  });
  await eventually(() => expect(claudeCalls(app)).toBe(0));
  await client.close();
});

test('streams over HTTP one after the other share connections', async () => {
  await using app = await startApp();
  await using relay = await startRelay(app.url);
  const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, transport: 'http' });
  for (let count = 0; count < 5; count += 1) await client.stream(REQUEST).text();
  // The end of one may still be on its way when the next one begins.
  expect(relay.connections).toBeLessThanOrEqual(2);
  await client.close();
});

test('a whole answer comes as a stream, over a connection that is never silent', async () => {
  holdClocks();
  await using app = await startApp();
  await using relay = await startRelay(app.url);
  const { opened, open } = gate();
  app.fake.replyWith(async () => {
    await opened;
    return { events: words(3) };
  });
  const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey });
  const answer = client.complete(REQUEST);
  await eventually(() => expect(claudeCalls(app)).toBe(1));
  await pass(120_000);
  open();
  expect((await answer).choices[0]?.message.content).toBe(expectedWords(3));
  expect([relay.connections, app.fake.requests[0]?.body]).toMatchObject([1, { stream: true }]);
  vi.useRealTimers();
  await client.close();
});

test('a client told to use HTTP opens no socket', async () => {
  await using app = await startApp();
  await using proxy = await startUpgradeBlocker(app.url);
  const client = createTrestleClient({ url: proxy.url, apiKey: app.apiKey, transport: 'http', strict: true });
  expect(await client.stream(REQUEST).text()).toContain('Hello');
  await expect(client.stream({ ...REQUEST, seed: 7 }).text()).rejects.toMatchObject({ param: 'seed' });
  expect(proxy.upgrades).toBe(0);
  await client.close();
});
