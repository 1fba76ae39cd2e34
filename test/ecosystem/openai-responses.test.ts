import OpenAI6 from 'openai';
import OpenAI7 from 'openai-7';
import { zodTextFormat as format7 } from 'openai-7/helpers/zod';
import { zodTextFormat as format6 } from 'openai/helpers/zod';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AppResource, startApp } from '../support/app-resource.ts';

// OpenAI's clients of both versions create, stream and parse responses.

const model = 'claude-opus-5-5';
const TEXT = 'Hello! How can I help you today?';

let app: AppResource;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app[Symbol.asyncDispose]());

describe.each([
  ['openai 6', OpenAI6 as unknown as typeof OpenAI7, format6 as unknown as typeof format7],
  ['openai 7', OpenAI7, format7],
])('%s', (_name, Client, format) => {
  const clientOf = (): OpenAI7 => new Client({ apiKey: app.apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });

  test('creates, and goes on from what it created', async () => {
    const { responses } = clientOf();
    const first = await responses.create({ model, input: 'Hello' });
    expect([first.output_text, first.status]).toEqual([TEXT, 'completed']);
    const next = await responses.create({ model, input: 'And?', previous_response_id: first.id });
    expect(next.previous_response_id).toBe(first.id);
  });

  test('streams', async () => {
    const stream = clientOf().responses.stream({ model, input: 'Hello' });
    let text = '';
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
    expect(text).toBe(TEXT);
    expect((await stream.finalResponse()).output.at(-1)).toMatchObject({
      content: [{ type: 'output_text', text: TEXT }],
    });
  });

  test('parses what fits its schema', async () => {
    const schema = z.object({ name: z.string(), inhabitants: z.number() });
    const city = { name: 'Oslo', inhabitants: 700_000 };
    app.fake.reply({ message: { content: [{ type: 'text', text: JSON.stringify(city) }] } });
    const parsed = await clientOf().responses.parse({
      model,
      input: 'Where?',
      text: { format: format(schema as never, 'city') },
    });
    expect(parsed.output_parsed).toEqual(city);
    expect(app.fake.refusals).toEqual([]);
  });
});
