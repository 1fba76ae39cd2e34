import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { contentOf, errorOf, HELLO, parseSse, postChat } from '../support/rest-request.ts';

// trpc-to-openapi writes one JSON text, skips subscriptions, and can't document them (#429, #430, #443).
test('stream: true is answered with events, and stream: false with JSON, on the same route', async () => {
  await using app = await startApp();
  const streamed = await postChat(app, { ...HELLO, stream: true });
  expect(streamed.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const { chunks, done } = parseSse(await streamed.text());
  const whole = await postChat(app, { ...HELLO, stream: false });
  expect(whole.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const { choices } = (await whole.json()) as { choices: { message: { content: string } }[] };
  expect([contentOf(chunks), done]).toEqual([choices[0]!.message.content, true]);
});

test('what is wrong with a streamed request is a status, not an event', async () => {
  await using app = await startApp();
  const response = await postChat(app, { ...HELLO, stream: true, temperature: 'hot' });
  expect(response.status).toBe(400);
  expect(await errorOf(response)).toMatchObject({ param: 'temperature', code: 'invalid_type' });
});

test('the document names the event stream beside the JSON', async () => {
  await using app = await startApp();
  const document = (await (await fetch(`${app.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { responses: Record<string, { content: Record<string, unknown> }> }>>;
  };
  const { content } = document.paths['/v1/chat/completions']!['post']!.responses['200']!;
  expect(content).toMatchObject({
    'application/json': {},
    'text/event-stream': { schema: { $ref: '#/components/schemas/ChatCompletionChunk' } },
  });
});
