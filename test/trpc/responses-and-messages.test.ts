import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import type { AppRouter } from '../../client/contract/app-router.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { foldResponseEvents } from '../support/fold-response-events.ts';
import { claudeCalls, expectedWords, words } from '../support/word-stream.ts';
import { connect } from './socket-client.ts';

// The Responses API and Claude's own, as typed procedures.

const model = 'claude-sonnet-5-5';

function overHttp({ url, apiKey }: AppResource): TRPCClient<AppRouter> {
  const headers = { authorization: `Bearer ${apiKey}` };
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, transformer: superjson, headers })] });
}

/** All that a subscription gives, with the ids of its items. */
function readAll<Item>(subscribe: (on: Callbacks<Item>) => unknown): Promise<{ ids: string[]; items: Item[] }> {
  const [ids, items]: [string[], Item[]] = [[], []];
  return new Promise((resolve, reject) => {
    subscribe({
      onData: ({ id, data }) => {
        ids.push(id);
        items.push(data);
      },
      onComplete: () => resolve({ ids, items }),
      onError: reject,
    });
  });
}

interface Callbacks<Item> {
  onData: (tracked: { id: string; data: Item }) => void;
  onComplete: () => void;
  onError: (error: unknown) => void;
}

describe('responses', () => {
  test('are created, retrieved, listed by their input, and deleted', async () => {
    await using app = await startApp();
    const { responses } = overHttp(app);
    const created = await responses.create.mutate({ model, input: 'Hello' });
    expect(created).toMatchObject({ object: 'response', status: 'completed' });
    expect(await responses.retrieve.query({ id: created.id })).toEqual(created);
    expect(await responses.inputItems.query({ id: created.id })).toMatchObject({
      data: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
    });
    expect(await responses.delete.mutate({ id: created.id })).toMatchObject({ deleted: true });
    await expect(responses.retrieve.query({ id: created.id })).rejects.toMatchObject({ data: { httpStatus: 404 } });
    const streams = responses.create.mutate({ model, input: 'x', stream: true });
    await expect(streams).rejects.toMatchObject({ data: { error: { param: 'stream' } } });
  });

  test('stream over WebSocket, and are read again from any event', async () => {
    await using app = await startApp();
    await using socket = connect(app);
    const { responses } = socket.client;
    const whole = await readAll<ResponseStreamEvent>((on) => responses.stream.subscribe({ model, input: 'Hello' }, on));
    const { id, status } = foldResponseEvents(whole.items);
    expect(status).toBe('completed');
    const rest = await readAll<ResponseStreamEvent>((on) => responses.resume.subscribe({ id, starting_after: 3 }, on));
    expect(rest.items).toEqual(whole.items.slice(4));
    const same = await readAll<ResponseStreamEvent>((on) =>
      responses.resume.subscribe({ lastEventId: whole.ids[3]! }, on),
    );
    expect(same.items).toEqual(rest.items);
    expect(claudeCalls(app)).toBe(1);
  });
});

describe('messages', () => {
  test('are created and counted in the shapes of Claude', async () => {
    await using app = await startApp();
    const { messages } = overHttp(app);
    const asked = { model, messages: [{ role: 'user' as const, content: 'Hello' }] };
    const created = await messages.create.mutate({
      ...asked,
      max_tokens: 100,
      betas: ['a-2026-01-01', 'b-2026-01-01'],
    });
    expect(created).toMatchObject({ type: 'message', model, stop_reason: 'end_turn' });
    expect(app.fake.requests.at(-1)!.headers['anthropic-beta']).toBe('a-2026-01-01,b-2026-01-01');
    expect(JSON.parse(app.fake.requests.at(-1)!.rawBody)).toEqual({ ...asked, max_tokens: 100 });
    expect(await messages.countTokens.query(asked)).toEqual({ input_tokens: expect.any(Number) });
    const refused = messages.create.mutate({ ...asked, max_tokens: -1 });
    await expect(refused).rejects.toMatchObject({ data: { httpStatus: 400 } });
    // Sound: a caller without types may ask for it all the same.
    const streams = messages.create.mutate({ ...asked, max_tokens: 100, stream: true } as never);
    await expect(streams).rejects.toMatchObject({
      message: expect.stringContaining('messages.stream'),
      data: { httpStatus: 400, error: { param: 'stream' } },
    });
  });

  test('stream over WebSocket in the events of Claude', async () => {
    await using app = await startApp();
    await using socket = connect(app);
    const asked = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] };
    const { items, ids } = await readAll<{ type: string }>((on) => socket.client.messages.stream.subscribe(asked, on));
    expect([items[0]!.type, items.at(-1)!.type]).toEqual(['message_start', 'message_stop']);
    expect(new Set(ids).size).toBe(items.length);
  });
});

test('an event of Claude that is no JSON is an error to callers of tRPC, and breaks nothing', async () => {
  await using app = await startApp();
  await using socket = connect(app);
  const begun = 'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":"x"}}}\n\n';
  const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
  app.fake.reply({ sse: `${begun}event: content_block_start\ndata: {"type"\n\n${stop}` });
  const asked = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const { items } = await readAll<{ type: string }>((on) => socket.client.messages.stream.subscribe(asked, on));
  expect(items.map(({ type }) => type)).toEqual(['message_start', 'error', 'message_stop']);
});

/** Subscriptions, and the text in one of their items. */
const STREAMS: Record<string, (client: TRPCClient<AppRouter>, on: Callbacks<object>) => unknown> = {
  'responses.stream': (client, on) =>
    client.responses.stream.subscribe({ model, input: 'Count', idempotencyKey: 'once' }, on),
  'messages.stream': (client, on) =>
    client.messages.stream.subscribe(
      { model, max_tokens: 100, messages: [{ role: 'user', content: 'Count' }], idempotencyKey: 'once' },
      on,
    ),
};

test.each(Object.entries(STREAMS))(
  '%s over a connection that is lost 20 times has all of it, once',
  async (_name, start) => {
    await using app = await startApp();
    await using relay = await startRelay(app.url);
    await using socket = connect({ ...app, url: relay.url });
    let seen = '';
    app.fake.reply({
      events: words(200, async (index) => {
        if (index % 10 !== 9) return;
        await eventually(() => expect(seen).toContain(`${index - 1} `), { timeout: 10_000, interval: 2 });
        relay.cut();
      }),
    });
    const { ids } = await readAll<object>((on) =>
      start(socket.client, {
        ...on,
        onData(tracked) {
          const { delta } = tracked.data as { delta?: string | { text?: string } };
          seen += (typeof delta === 'string' ? delta : delta?.text) ?? '';
          on.onData(tracked);
        },
      }),
    );
    expect(seen).toBe(expectedWords(200));
    expect(new Set(ids).size).toBe(ids.length);
    expect(relay.connections).toBeGreaterThan(10);
    expect(claudeCalls(app)).toBe(1);
  },
);
