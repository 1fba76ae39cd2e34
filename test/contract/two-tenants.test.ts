import { createHash } from 'node:crypto';
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client';
import * as fc from 'fast-check';
import superjson from 'superjson';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, parseSse, postChat } from '../support/rest-request.ts';
import { connect } from '../trpc/socket-client.ts';

/** Two keys whose SHA-256 begins with the same 8 digits, which is all that the log tells of a key. */
function lookAlikes(): [string, string] {
  const seen = new Map<string, string>();
  for (let number = 0; ; number += 1) {
    const key = `tenant-${number}`;
    const digits = createHash('sha256').update(key).digest('hex').slice(0, 8);
    const other = seen.get(digits);
    if (other !== undefined) return [other, key];
    seen.set(digits, key);
  }
}

const TENANTS = lookAlikes();
type Tenant = 0 | 1;

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_API_KEYS: TENANTS.join(',') } });
});
afterAll(() => app[Symbol.asyncDispose]());
beforeEach(() => {
  app.fake.replyWith((body) => ({
    message: { content: [{ type: 'text', text: JSON.stringify(body.messages) }] },
    // In one piece, so that a secret is found in the text of a stream.
    pieceSize: 1000,
  }));
});

const secretOf = (tenant: Tenant): string => `the secret of tenant ${tenant}`;
const requestOf = (tenant: Tenant) => ({
  model: HELLO.model,
  messages: [{ role: 'user' as const, content: secretOf(tenant) }],
});
const as = (tenant: Tenant): { url: string; apiKey: string } => ({ url: app.url, apiKey: TENANTS[tenant] });

function overHttp(tenant: Tenant, idempotencyKey?: string) {
  const headers = {
    authorization: `Bearer ${TENANTS[tenant]}`,
    ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
  };
  return createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${app.url}/trpc`, transformer: superjson, headers })],
  });
}

/** A stream over WebSocket, to its end: what it said, and its error. */
async function overSocket(
  tenant: Tenant,
  subscribe: (client: ReturnType<typeof connect>['client'], on: object) => void,
): Promise<string> {
  await using socket = connect(app, { apiKey: TENANTS[tenant] });
  let said = '';
  await new Promise<void>((resolve) => {
    subscribe(socket.client, {
      onData: (value: unknown) => (said += JSON.stringify(value)),
      onError: (error: Error) => {
        said += JSON.stringify(error);
        resolve();
      },
      onComplete: resolve,
    });
  });
  return said;
}

/** Each way to ask under a name, with all that the caller gets to see. */
const ASK: Record<string, (tenant: Tenant, key: string) => Promise<string>> = {
  'REST, whole': async (tenant, key) => {
    const response = await postChat(as(tenant), requestOf(tenant), { headers: { 'idempotency-key': key } });
    return await response.text();
  },
  'REST, streamed': async (tenant, key) => {
    const body = { ...requestOf(tenant), stream: true };
    const response = await postChat(as(tenant), body, { headers: { 'idempotency-key': key } });
    return await response.text();
  },
  'tRPC, whole': async (tenant, key) =>
    JSON.stringify(
      await overHttp(tenant, key)
        .chat.complete.mutate(requestOf(tenant))
        .catch((error: Error) => error.message),
    ),
  'WebSocket, streamed': (tenant, key) =>
    overSocket(tenant, (client, on) => client.chat.stream.subscribe({ ...requestOf(tenant), idempotencyKey: key }, on)),
};

/** Each way to get at an answer by its id. */
const REACH: Record<string, (tenant: Tenant, id: string) => Promise<string>> = {
  'REST, events': async (tenant, id) => {
    const headers = { authorization: `Bearer ${TENANTS[tenant]}` };
    return await (await fetch(`${app.url}/v1/chat/completions/${id}/events`, { headers })).text();
  },
  'WebSocket, resume': (tenant, id) =>
    overSocket(tenant, (client, on) => client.chat.resume.subscribe({ lastEventId: `${id}:-1` }, on)),
  'WebSocket, stream with an id': (tenant, id) =>
    overSocket(tenant, (client, on) =>
      client.chat.stream.subscribe({ ...requestOf(tenant), lastEventId: `${id}:0` }, on),
    ),
  'tRPC, cancel': async (tenant, id) => JSON.stringify(await overHttp(tenant).chat.cancel.mutate({ id })),
};

const idIn = (text: string): string | undefined => /chatcmpl-[0-9a-f]+/.exec(text)?.[0];

test('the keys of this test look alike in the log, and are two', () => {
  const { keys } = app.app.services.config;
  expect(new Set(keys.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  expect(new Set(keys.map(({ id }) => id)).size).toBe(2);
});

test('whatever two tenants ask under the same names, and by whatever door, each sees its own', async () => {
  const tenant = fc.constantFrom<Tenant>(0, 1);
  const asking = fc.record({
    kind: fc.constant('ask' as const),
    tenant,
    door: fc.constantFrom(...Object.keys(ASK)),
    key: fc.constantFrom('a', 'b'),
  });
  const reaching = fc.record({
    kind: fc.constant('reach' as const),
    tenant,
    door: fc.constantFrom(...Object.keys(REACH)),
    which: fc.nat(20),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(asking, reaching), { minLength: 4, maxLength: 12 }), async (steps) => {
      run += 1;
      const known: string[] = [];
      for (const step of steps) {
        let seen: string;
        if (step.kind === 'ask') seen = await ASK[step.door]!(step.tenant, `${step.key}-${run}`);
        else if (known.length === 0) continue;
        else seen = await REACH[step.door]!(step.tenant, known[step.which % known.length]!);
        expect(seen).not.toContain(secretOf(step.tenant === 0 ? 1 : 0));
        const id = idIn(seen);
        if (step.kind === 'ask' && id !== undefined) known.push(id);
      }
    }),
    { numRuns: 15 },
  );
});

describe("another tenant's answer", () => {
  test.each(Object.keys(REACH))('can not be had by %s, while it runs and afterwards', async (door) => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    app.fake.reply({
      events: [
        { type: 'message_start', message: { id: 'msg_1', model: HELLO.model, usage: { input_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'mine' } },
        () => finished,
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
        { type: 'message_stop' },
      ],
    });
    const body = { ...requestOf(0), stream: true };
    const response = await postChat(as(0), body, { headers: { 'idempotency-key': `own-${door}` } });
    const reader = response.body!.getReader();
    const begun = new TextDecoder().decode((await reader.read()).value);
    const id = idIn(begun)!;
    expect(await REACH[door]!(1, id)).toMatch(/stream_not_resumable|"cancelled":false/);
    finish();
    let rest = begun;
    for (let read = await reader.read(); !read.done; read = await reader.read())
      rest += new TextDecoder().decode(read.value);
    expect(parseSse(rest)).toMatchObject({ done: true });
    expect(await REACH[door]!(1, id)).toMatch(/stream_not_resumable|"cancelled":false/);
    if (!door.includes('cancel')) expect(await REACH[door]!(0, id)).toContain('chat.completion.chunk');
  });

  test('has thinking that goes back to nobody else', async () => {
    app.fake.reply({
      message: {
        content: [
          { type: 'thinking', thinking: secretOf(0) },
          { type: 'tool_use', id: 'toolu_shared', name: 'f', input: {} },
        ],
        stop_reason: 'tool_use',
      },
    });
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
    const asked = { model: HELLO.model, messages: [{ role: 'user', content: 'x' }], tools };
    const first = await postChat(as(0), asked);
    const { choices } = (await first.json()) as { choices: [{ message: { tool_calls: [{ id: string }] } }] };
    const [{ message }] = choices;
    const { id } = message.tool_calls[0];
    const call = { id, type: 'function', function: { name: 'f', arguments: '{}' } };
    const history = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: 'done' },
    ];
    for (const tenant of [1, 0] as const) {
      const response = await postChat(as(tenant), { ...asked, messages: history });
      expect(response.status).toBe(200);
      await response.text();
      const sent = JSON.stringify(app.fake.requests.at(-1)!.body);
      expect(sent.includes(secretOf(0))).toBe(tenant === 0);
    }
  });

  test('is no conflict: the same name for another request of another tenant is free', async () => {
    for (const tenant of [0, 1] as const) {
      const response = await postChat(as(tenant), requestOf(tenant), { headers: { 'idempotency-key': 'conflict' } });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(secretOf(tenant));
    }
    const other = await postChat(as(0), requestOf(1), { headers: { 'idempotency-key': 'conflict' } });
    expect(other.status).toBe(409);
    expect(await errorOf(other)).toMatchObject({ code: 'idempotency_conflict' });
    await expect(overHttp(0, 'conflict').chat.complete.mutate(requestOf(1))).rejects.toThrow(TRPCClientError);
  });
});
