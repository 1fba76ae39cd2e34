import { describe, expect, test } from 'vitest';
import { createTrestleClient } from '../../client/index.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls as calls, expectedWords as expected, words } from '../support/word-stream.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { openRaw } from './socket-client.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };

describe('a stream whose connection is lost', () => {
  test('through a relay that is cut 20 times during 500 chunks: every chunk once, one call to Claude', async () => {
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
    const client = createTrestleClient({ url: relay.url, apiKey: app.apiKey });
    for await (const chunk of client.stream(REQUEST)) seen += chunk.choices[0]?.delta.content ?? '';
    await client.close();
    expect(seen).toBe(expected(500));
    expect(relay.connections).toBeGreaterThan(10);
    expect(calls(app)).toBe(1);
    expect(app.app.services.answerStore.running).toBe(0);
  });

  test('goes on for the grace period, and is then ended at Claude', async () => {
    await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '60' } });
    app.fake.reply({ events: words(3, (index) => (index === 2 ? new Promise(() => {}) : undefined)) });
    const raw = await openRaw(app);
    raw.subscribe(1, REQUEST);
    await eventually(() => expect(raw.frames.length).toBeGreaterThan(2));
    const leftAt = performance.now();
    raw.socket.terminate();
    const closedAt = await app.fake.requests[0]!.closed;
    expect(closedAt - leftAt).toBeGreaterThan(40);
    await eventually(() => expect(app.app.services.answerStore.bytes).toBe(0));
  });
});

describe('coming back is refused without a call to Claude', () => {
  async function refusal(app: AppResource, lastEventId: string): Promise<unknown> {
    await using raw = await openRaw(app);
    raw.subscribe(1, REQUEST, lastEventId);
    return await eventually(() => {
      const frame = raw.frames.find((entry) => typeof entry !== 'string' && entry.error);
      if (typeof frame !== 'object') throw new Error('nothing yet');
      return frame.error!.json.data;
    });
  }
  const REFUSED = {
    httpStatus: 412,
    code: 'PRECONDITION_FAILED',
    error: { code: 'stream_not_resumable', param: 'lastEventId' },
  };

  test('to an answer that never was, and to a text that is no id', async () => {
    await using app = await startApp();
    for (const id of ['chatcmpl-none:3', 'nonsense', ':', 'chatcmpl-none:-1'])
      expect(await refusal(app, id)).toMatchObject(REFUSED);
    expect(calls(app)).toBe(0);
  });

  test("to another key's answer, and to chunks that are no longer kept", async () => {
    await using app = await startApp({
      environment: { TRESTLE_API_KEYS: 'test-key,other-key', TRESTLE_REPLAY_BYTES: '1024' },
    });
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    app.fake.reply({ events: words(30, (index) => (index === 29 ? gate : undefined)) });
    await using reader = await openRaw(app);
    reader.subscribe(1, REQUEST);
    await eventually(() => expect(reader.frames.length).toBeGreaterThan(29));
    const first = reader.frames.find((frame) => typeof frame === 'object' && frame.result?.type === 'data');
    const id = (first as { result: { id: string } }).result.id.split(':')[0]!;
    expect(await refusal({ ...app, apiKey: 'other-key' }, `${id}:28`)).toMatchObject(REFUSED);
    expect(await refusal(app, `${id}:0`)).toMatchObject(REFUSED);
    finish();
    expect(calls(app)).toBe(1);
  });
});
