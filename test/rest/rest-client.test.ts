import { expect, test } from 'vitest';
import { createTrestleRestClient } from '../../client/rest.ts';
import { startApp } from '../support/app-resource.ts';

const body = { model: 'claude-sonnet-4-6', messages: [{ role: 'user' as const, content: 'Hello!' }] };

test('a chat completion is typed and answered', async () => {
  await using app = await startApp();
  const rest = createTrestleRestClient(app);

  const { data, response } = await rest.POST('/v1/chat/completions', { body });

  expect(response.status).toBe(200);
  expect(data?.choices[0]?.message.content).toBe('Hello! How can I help you today?');
});

test('models are listed and retrieved', async () => {
  await using app = await startApp();
  const rest = createTrestleRestClient(app);

  const list = await rest.GET('/v1/models');
  const one = await rest.GET('/v1/models/{model}', { params: { path: { model: 'claude-opus-4-1' } } });

  expect(list.data?.data.map(({ id }) => id)).toContain('claude-sonnet-5-5');
  expect(one.data).toMatchObject({ id: 'claude-opus-4-6', object: 'model' });
});

test('failures come as the envelope', async () => {
  await using app = await startApp();
  const { url } = app;

  const refused = await createTrestleRestClient({ url, apiKey: 'wrong' }).GET('/v1/models');
  const unknown = await createTrestleRestClient(app).POST('/v1/chat/completions', {
    body: { ...body, model: 'gpt-9' },
  });

  expect(refused.response.status).toBe(401);
  expect(refused.error?.error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_api_key' });
  expect(unknown.error?.error).toMatchObject({ code: 'model_not_found', param: 'model' });
});

test('a strict client is refused what is not honoured', async () => {
  await using app = await startApp();
  const seeded = { body: { ...body, seed: 7 } };

  const lax = await createTrestleRestClient(app).POST('/v1/chat/completions', seeded);
  const strict = await createTrestleRestClient({ ...app, strict: true }).POST('/v1/chat/completions', seeded);

  expect(lax.response.headers.get('x-trestle-notices')).toBe('seed=ignored');
  expect(strict.error?.error).toMatchObject({ code: 'unsupported_parameter', param: 'seed' });
});
