import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTRPCClient, httpLink } from '@trpc/client';
import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import { HELLO, post as postMessage } from '../messages/messages-client.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/fake-claude.ts';
import { connect, openRaw } from '../trpc/socket-client.ts';
import { MODEL, postChat } from '../upstream/post-chat.ts';

const BAR_MS = 100;
const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

/** How each kind of caller starts a call and how it leaves. */
const CALLERS: Record<string, { answer: Answer; call: (app: AppResource) => Promise<() => void> }> = {
  'a JSON answer over REST': {
    answer: { hang: true },
    async call(app) {
      const caller = new AbortController();
      postChat(app, {}, { signal: caller.signal }).catch(() => undefined);
      await app.fake.waitForRequest();
      return () => caller.abort();
    },
  },
  'a stream over REST before its first content': {
    answer: { hang: true },
    async call(app) {
      const caller = new AbortController();
      postChat(app, { stream: true }, { signal: caller.signal }).catch(() => undefined);
      await app.fake.waitForRequest();
      return () => caller.abort();
    },
  },
  'a stream over REST': {
    answer: BEGUN,
    async call(app) {
      const caller = new AbortController();
      const response = await postChat(app, { stream: true }, { signal: caller.signal });
      await response.body!.getReader().read();
      return () => caller.abort();
    },
  },
  'a mutation over HTTP': {
    answer: { hang: true },
    async call(app) {
      const caller = new AbortController();
      const headers = { authorization: `Bearer ${app.apiKey}` };
      const client = createTRPCClient<AppRouter>({
        links: [httpLink({ url: `${app.url}/trpc`, transformer: superjson, headers })],
      });
      client.chat.complete.mutate(REQUEST, { signal: caller.signal }).catch(() => undefined);
      await app.fake.waitForRequest();
      return () => caller.abort();
    },
  },
  'a subscription over HTTP': {
    answer: BEGUN,
    async call(app) {
      const caller = new AbortController();
      const input = encodeURIComponent(JSON.stringify({ json: REQUEST }));
      const response = await fetch(`${app.url}/trpc/chat.stream?input=${input}`, {
        headers: { authorization: `Bearer ${app.apiKey}`, accept: 'text/event-stream' },
        signal: caller.signal,
      });
      await response.body!.getReader().read();
      await app.fake.waitForRequest();
      return () => caller.abort();
    },
  },
  'a subscription over WebSocket that is stopped': {
    answer: BEGUN,
    async call(app) {
      const { client } = connect(app);
      let subscription: { unsubscribe(): void } | undefined;
      await new Promise<void>((resolve) => {
        subscription = client.chat.stream.subscribe(REQUEST, { onData: () => resolve() });
      });
      return () => subscription!.unsubscribe();
    },
  },
  'a subscription whose socket is closed': {
    answer: BEGUN,
    async call(app) {
      const raw = await openRaw(app);
      raw.subscribe(1, REQUEST);
      await eventually(() => expect(raw.frames.length).toBeGreaterThan(1));
      return () => raw.socket.terminate();
    },
  },
  'a mutation whose socket is closed': {
    answer: { hang: true },
    async call(app) {
      const raw = await openRaw(app);
      raw.send({ id: 1, method: 'mutation', params: { path: 'chat.complete', input: { json: REQUEST } } });
      await app.fake.waitForRequest();
      return () => raw.socket.terminate();
    },
  },
  'a whole message of Claude’s own API': {
    answer: { hang: true },
    async call(app) {
      const caller = new AbortController();
      postMessage(app, HELLO, { signal: caller.signal }).catch(() => undefined);
      await app.fake.waitForRequest();
      return () => caller.abort();
    },
  },
  'a stream of Claude’s own API': {
    answer: BEGUN,
    async call(app) {
      const caller = new AbortController();
      const response = await postMessage(app, { ...HELLO, stream: true }, { signal: caller.signal });
      await response.body!.getReader().read();
      return () => caller.abort();
    },
  },
  'a streamed response': {
    answer: BEGUN,
    async call({ url, apiKey }) {
      const caller = new AbortController();
      const response = await fetch(`${url}/v1/responses`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({ model: MODEL, input: 'Hello', stream: true }),
        signal: caller.signal,
      });
      await response.body!.getReader().read();
      return () => caller.abort();
    },
  },
  'a whole response': {
    answer: { hang: true },
    async call({ url, apiKey, fake }) {
      const caller = new AbortController();
      fetch(`${url}/v1/responses`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({ model: MODEL, input: 'Hello' }),
        signal: caller.signal,
      }).catch(() => undefined);
      await fake.waitForRequest();
      return () => caller.abort();
    },
  },
  'a response in the background that is cancelled': {
    answer: BEGUN,
    async call({ url, apiKey, fake }) {
      const ask = (path: string, body?: object): Promise<Response> =>
        fetch(`${url}/v1/responses${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
          ...(body && { body: JSON.stringify(body) }),
        });
      const { id } = (await (await ask('', { model: MODEL, input: 'Hello', background: true })).json()) as {
        id: string;
      };
      await fake.waitForRequest();
      return () => void ask(`/${id}/cancel`);
    },
  },
  'a subscription to a response that is stopped': {
    answer: BEGUN,
    async call(app) {
      const { client } = connect(app);
      let subscription: { unsubscribe(): void } | undefined;
      await new Promise<void>((resolve) => {
        const input = { model: MODEL, input: 'Hello' };
        subscription = client.responses.stream.subscribe(input, { onData: () => resolve() });
      });
      return () => subscription!.unsubscribe();
    },
  },
  'a subscription to a message that is stopped': {
    answer: BEGUN,
    async call(app) {
      const { client } = connect(app);
      let subscription: { unsubscribe(): void } | undefined;
      await new Promise<void>((resolve) => {
        subscription = client.messages.stream.subscribe(HELLO, { onData: () => resolve() });
      });
      return () => subscription!.unsubscribe();
    },
  },
  'a response whose socket is closed': {
    answer: BEGUN,
    async call({ url, apiKey }) {
      const headers = { authorization: `Bearer ${apiKey}` };
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, { headers });
      let text = '';
      socket.on('message', (data) => (text += (data as Buffer).toString()));
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'response.create', model: MODEL, input: 'Hello' }));
      await eventually(() => expect(text).toContain('response.output_text.delta'));
      return () => socket.close();
    },
  },
};

describe.each(Object.entries(CALLERS))('%s', (_name, { answer, call }) => {
  // The median: a busy machine may stall once for longer than the bar, but not most of the time.
  it(`is ended at Claude within ${BAR_MS} ms of the caller's leaving`, async () => {
    // Without a grace period: a lost connection ends its answer as a caller that leaves does.
    await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '0' } });
    const delays: number[] = [];
    for (let round = 1; round <= 5; round += 1) {
      app.fake.reply(answer);
      const leave = await call(app);
      const request = await app.fake.waitForRequest(round);
      const leftAt = performance.now();
      leave();
      delays.push((await request.closed) - leftAt);
      expect(request.finished).toBe(false);
      await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
    }
    expect(delays.toSorted((left, right) => left - right)[2]).toBeLessThan(BAR_MS);
  });
});

it('leaves nothing running after 200 callers that left at random', async () => {
  await using app = await startApp();
  await using socket = connect(app);
  const text = 'word '.repeat(40);
  app.fake.replyWith((body) =>
    body.stream === true
      ? { message: { content: [{ type: 'text', text }] }, pieceSize: 5 }
      : sleep(Math.random() * 20).then(() => ({ message: { content: [{ type: 'text', text }] } })),
  );
  let left = 0;
  /** Subscriptions of which a chunk was seen. */
  let subscribed = 0;
  const one = async (index: number): Promise<void> => {
    const caller = new AbortController();
    const leaving = sleep(Math.random() * (index % 8 === 0 ? 600 : 200)).then(() => caller.abort());
    try {
      if (index % 4 === 0) {
        for await (const { id } of socket.client.chat.stream.subscribe(REQUEST, { signal: caller.signal })) {
          if (id.endsWith(':0')) subscribed += 1;
          if (Math.random() < 0.1) caller.abort();
        }
      } else {
        const response = await postChat(app, { stream: index % 2 === 0 }, { signal: caller.signal });
        await response.text();
      }
    } catch {
      left += 1;
    }
    await leaving;
  };
  for (let start = 0; start < 200; start += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => one(start + index)));
  }
  expect([left > 0, subscribed > 0]).toEqual([true, true]);
  await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
  await eventually(() => expect(app.fake.openStreams).toBe(0));
  expect((await postChat(app)).status).toBe(200);
});
