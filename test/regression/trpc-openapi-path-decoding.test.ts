import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';

// trpc-to-openapi hands path parameters on as they stand in the URL, and OpenAI's clients escape a model's id there.
test('a model whose alias needs escaping is found by its path', async () => {
  await using app = await startApp({
    environment: { TRESTLE_MODEL_ALIASES: '{"anthropic/opus: best":"claude-opus-5-5"}' },
  });
  const openai = new OpenAI({ apiKey: app.apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });
  expect(await openai.models.retrieve('anthropic/opus: best')).toMatchObject({ id: 'claude-opus-5-5' });
  await expect(openai.models.retrieve('100%/sure')).rejects.toThrow("'100%/sure'");
});
