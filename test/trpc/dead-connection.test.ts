import { WebSocket } from 'undici';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createTrestleClient, type WebSocketClass } from '../../client/index.ts';
import type { StreamState } from '../../client/stream/state.ts';
import { startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { holdClocks, pass } from '../support/pass-time.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { MODEL } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };

afterEach(() => void vi.useRealTimers());

const WAYS: [string, { transport: 'websocket' | 'http'; WebSocket?: WebSocketClass }][] = [
  ['a WebSocket of Node', { transport: 'websocket' }],
  ['a WebSocket as browsers have it', { transport: 'websocket', WebSocket }],
  ['HTTP', { transport: 'http' }],
];

describe.each(WAYS)('a stream over %s', (_name, way) => {
  test.each(['freeze', 'loseServers'] as const)(
    'whose relay passes nothing on any more (%s) goes on after 12 s, with one call to Claude',
    async (loss) => {
      holdClocks();
      await using app = await startApp();
      await using relay = await startRelay(app.url);
      const { opened, open } = gate();
      app.fake.reply({ events: words(4, (index) => (index === 2 ? opened : undefined)) });
      const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, ...way });
      const stream = client.stream(REQUEST);
      const states: StreamState[] = [];
      stream.on('state', (state) => states.push(state));
      const text = stream.text();

      await eventually(() => expect(stream.id).toBeDefined());

      relay[loss]();
      await pass(11_500);
      expect(states).toEqual(['open']);
      await pass(2500);
      expect(states).toEqual(['open', 'resuming', 'open']);
      open();

      expect(await text).toBe(expectedWords(4));
      expect(claudeCalls(app)).toBe(1);
      vi.useRealTimers();
      await client.close();
    },
  );

  test('that is quiet while Claude thinks keeps its connection', async () => {
    holdClocks();
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    const { opened, open } = gate();
    app.fake.replyWith(async () => {
      await opened;
      return { events: words(2) };
    });
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey, ...way });
    const text = client.stream(REQUEST).text();
    await eventually(() => expect(claudeCalls(app)).toBe(1));

    await pass(60_000);
    expect(relay.connections).toBe(1);
    open();

    expect(await text).toBe(expectedWords(2));
    vi.useRealTimers();
    await client.close();
  });
});
