import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createTrestleClient } from '../../../client/index.ts';

interface Frame {
  id: number;
  method: string;
  params: { input: { json: { idempotencyKey?: string } } };
}

/** A server of which the test writes every word. */
async function startScript(answer: (frame: Frame, send: (message: object) => void) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (text: Buffer) => {
      const frame = JSON.parse(text.toString()) as Frame;
      if (frame.method === 'subscription') answer(frame, (message) => socket.send(JSON.stringify(message)));
    });
  });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const request = { model: 'claude-sonnet-5-5', messages: [{ role: 'user' as const, content: 'Hello!' }] };

test('a request that is sent again before the first chunk has the name that it had', async () => {
  const frames: Frame[] = [];
  await using server = await startScript((frame, send) => {
    frames.push(frame);
    if (frames.length === 1) return send({ id: null, method: 'reconnect' });
    const error = { message: 'no', type: 'invalid_request_error', param: 'lastEventId', code: 'stream_not_resumable' };
    const data = { code: 'PRECONDITION_FAILED', httpStatus: 412, error };
    send({ id: frame.id, error: { json: { message: 'no', code: -32600, data } } });
  });
  const client = createTrestleClient({ url: server.url });

  await expect(client.stream(request).next()).rejects.toMatchObject({ status: 412, code: 'stream_not_resumable' });
  const [first, second, ...others] = frames.map(({ params }) => params.input.json.idempotencyKey);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect([second, others]).toEqual([first, []]);
  const { idempotencyKey, ...again } = frames[1]!.params.input.json;
  expect([idempotencyKey, again]).toEqual([first, request]);
  await client.close();
});

test('the key goes over the socket as its first message, not in the URL', async () => {
  const seen: string[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, { url }) => {
    seen.push(url ?? '');
    socket.on('message', (text: Buffer) => {
      seen.push(text.toString());
      if (seen.length % 3 === 0) socket.terminate();
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/base/`;
  const client = createTrestleClient({ url, apiKey: 'k', strict: true, transport: 'websocket' });

  await expect(client.stream(request).next()).rejects.toMatchObject({ code: 'connection_error' });
  expect(seen[0]).toBe('/base/trpc?connectionParams=1');
  expect(JSON.parse(seen[1] ?? '')).toEqual({
    method: 'connectionParams',
    data: { 'x-trestle-client': 'typescript', apiKey: 'k', strict: 'true' },
  });
  await new Promise((resolve) => server.close(resolve));
});
