import { once } from 'node:events';
import superjson from 'superjson';
import { createTRPCClient, createWSClient, httpBatchLink, wsLink } from 'trpc-client-11-0';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';

const REQUEST = { model: HELLO.model, messages: [{ role: 'user' as const, content: 'Hello' }] };

/** As much of the client as is called: its types are those of another version. */
interface Chat {
  chat: {
    complete: { mutate(request: object): Promise<{ choices: { message: { content: string } }[] }> };
    stream: {
      subscribe(
        request: object,
        handlers: {
          onData(event: { data: { choices: { delta: { content?: string } }[] } }): void;
          onComplete(): void;
          onError(error: Error): void;
        },
      ): void;
    };
  };
}

test('the first tRPC client of version 11 works, over HTTP and WebSocket', async () => {
  await using app = await startApp();
  const http = createTRPCClient({
    links: [
      httpBatchLink({
        url: `${app.url}/trpc`,
        headers: { authorization: `Bearer ${app.apiKey}` },
        transformer: superjson as never,
      }),
    ],
  }) as unknown as Chat;
  const completion = await http.chat.complete.mutate(REQUEST);
  expect(completion.choices[0]!.message.content).toContain('Hello!');

  const socket = createWSClient({
    url: `${app.url.replace('http', 'ws')}/trpc`,
    WebSocket: WebSocket as never,
    connectionParams: { apiKey: app.apiKey },
  });
  const { chat } = createTRPCClient({
    links: [wsLink({ client: socket, transformer: superjson as never })],
  }) as unknown as Chat;
  let text = '';
  await new Promise<void>((resolve, reject) => {
    chat.stream.subscribe(REQUEST, {
      onData: ({ data }) => (text += data.choices[0]?.delta.content ?? ''),
      onComplete: resolve,
      onError: reject,
    });
  });
  expect(text).toContain('Hello!');
  await socket.close();
});

test('an older one, which sends no connection parameters, is told what it lacks', async () => {
  await using app = await startApp();
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/trpc`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'models.list', input: { json: {} } } }));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({
    error: { json: { message: expect.stringContaining('tRPC client of version 11'), data: { httpStatus: 401 } } },
  });
  socket.terminate();
});
