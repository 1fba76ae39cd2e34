import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';

// trpc-to-openapi answers HEAD with an empty 204, a wrong method with 404, and matches paths in any case.
test('HEAD answers as GET does, a wrong method is a 405, and case matters', async () => {
  await using app = await startApp();
  const call = async (method: string, path: string): Promise<[number, string | null]> => {
    const response = await fetch(`${app.url}${path}`, { method, headers: { authorization: `Bearer ${app.apiKey}` } });
    await response.text();
    return [response.status, response.headers.get('allow')];
  };
  expect(await call('HEAD', '/v1/models')).toEqual([200, null]);
  expect(await call('HEAD', '/v1/models/no-such-model')).toEqual([404, null]);
  expect(await call('HEAD', '/v1/nowhere')).toEqual([404, null]);
  expect(await call('HEAD', '/v1/chat/completions')).toEqual([200, null]);
  expect(await call('GET', '/v1/responses')).toEqual([405, 'POST']);
  expect(await call('PUT', '/v1/models/claude-opus-5-5')).toEqual([405, 'GET, HEAD']);
  expect(await call('POST', '/V1/Chat/Completions')).toEqual([404, null]);
  expect(await call('GET', '/V1/models')).toEqual([404, null]);
});
