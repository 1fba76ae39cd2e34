import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateObject,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { playWeather, QUESTION, reportOf, sentTo, weatherIn } from './weather-agent.ts';

const TEXT = 'Hello! How can I help you today?';
const MODELS = ['claude-sonnet-4-6', 'claude-opus-5-5', 'claude-haiku-4-5'];

type Provider = (app: AppResource) => (model: string) => LanguageModel;

const openai: Provider = ({ url, apiKey }) => {
  const provider = createOpenAI({ baseURL: `${url}/v1`, apiKey });
  return (model) => provider.chat(model);
};
/** What `openai()` is by default. */
const responses: Provider = ({ url, apiKey }) => createOpenAI({ baseURL: `${url}/v1`, apiKey });
const compatible: Provider = ({ url, apiKey }) =>
  createOpenAICompatible({
    name: 'trestle',
    baseURL: `${url}/v1`,
    apiKey,
    supportsStructuredOutputs: true,
    includeUsage: true,
  });

const getWeather = tool({
  description: 'The weather now',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => weatherIn(city),
});
const Trip = z.object({
  city: z.string().min(2),
  nights: z.number().int().min(1),
  tags: z.array(z.enum(['sea', 'hills'])),
});
const trip = { city: 'Bergen', nights: 2, tags: ['sea' as const, 'hills' as const] };

const startRetryless = (): Promise<AppResource> => startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });

describe.each([
  ['@ai-sdk/openai', openai],
  ['@ai-sdk/openai by default', responses],
  ['@ai-sdk/openai-compatible', compatible],
])('%s', (_, provider) => {
  test('generateText gives text, a reason and the tokens', async () => {
    await using app = await startRetryless();
    const result = await generateText({
      model: provider(app)('claude-sonnet-4-6'),
      system: 'Be brief.',
      prompt: 'Hello',
      temperature: 0.5,
      maxOutputTokens: 100,
    });
    expect(result.text).toBe(TEXT);
    expect(result.finishReason).toBe('stop');
    expect(result.usage.totalTokens).toBe(result.usage.inputTokens! + result.usage.outputTokens!);
    expect(sentTo(app.fake)[0]).toMatchObject({ system: 'Be brief.', max_tokens: 100, temperature: 0.5 });
  });

  test('streamText gives the same in pieces', async () => {
    await using app = await startRetryless();
    const result = streamText({ model: provider(app)('claude-sonnet-4-6'), prompt: 'Hello' });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(TEXT);
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
  });

  test.each(MODELS)('generateText runs a tool loop on %s', async (id) => {
    await using app = await startRetryless();
    playWeather(app.fake);
    const result = await generateText({
      model: provider(app)(id),
      prompt: QUESTION,
      tools: { get_weather: getWeather },
      stopWhen: stepCountIs(5),
    });
    expect(result.text).toBe(reportOf('Oslo', 'Bergen'));
    expect(result.steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(result.steps[0]!.toolCalls.map(({ input }) => input)).toEqual([{ city: 'Oslo' }, { city: 'Bergen' }]);
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('streamText runs a tool loop on %s', async (id) => {
    await using app = await startRetryless();
    playWeather(app.fake);
    const result = streamText({
      model: provider(app)(id),
      prompt: QUESTION,
      tools: { get_weather: getWeather },
      stopWhen: stepCountIs(5),
    });
    const inputs: unknown[] = [];
    let text = '';
    for await (const part of result.fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'tool-call') inputs.push(part.input);
      if (part.type === 'text-delta') text += part.text;
    }
    expect(inputs).toEqual([{ city: 'Oslo' }, { city: 'Bergen' }]);
    expect(text).toBe(reportOf('Oslo', 'Bergen'));
    expect(app.fake.refusals).toEqual([]);
  });

  test('a tool without parameters is called', async () => {
    await using app = await startRetryless();
    let rung = 0;
    const ring = tool({ inputSchema: z.object({}), execute: () => `rung ${(rung += 1)}` });
    app.fake.reply({ message: { content: [{ type: 'tool_use', id: 'toolu_1', name: 'ring', input: {} }] } });
    const result = streamText({
      model: provider(app)('claude-sonnet-4-6'),
      prompt: 'Ring',
      tools: { ring },
      toolChoice: 'required',
    });
    expect((await result.toolResults).map(({ output }) => output)).toEqual(['rung 1']);
    expect(sentTo(app.fake)[0]!.tool_choice).toMatchObject({ type: 'any' });
  });

  test.each(MODELS)('generateObject gives a value of the schema on %s', async (id) => {
    await using app = await startRetryless();
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: JSON.stringify(trip) }] } }));
    const { object } = await generateObject({ model: provider(app)(id), schema: Trip, prompt: 'Plan my trip' });
    expect(object).toEqual(trip);
    expect(sentTo(app.fake)[0]!.output_config?.format?.type).toBe('json_schema');
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('an output object streams after a tool loop on %s', async (id) => {
    await using app = await startRetryless();
    playWeather(app.fake, ['Bergen']);
    const result = streamText({
      model: provider(app)(id),
      prompt: QUESTION,
      tools: { get_weather: getWeather },
      stopWhen: stepCountIs(5),
      output: Output.object({ schema: Trip }),
      onStepFinish: () =>
        app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: JSON.stringify(trip) }] } })),
    });
    const partial: unknown[] = [];
    for await (const part of result.partialOutputStream) partial.push(part);
    expect(partial.length).toBeGreaterThan(1);
    expect(await result.output).toEqual(trip);
    expect(app.fake.refusals).toEqual([]);
  });

  test('an image and a PDF of a message reach Claude', async () => {
    await using app = await startRetryless();
    const pixel = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const pdf = Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF');
    await generateText({
      model: provider(app)('claude-opus-5-5'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What are these?' },
            { type: 'image', image: pixel },
            { type: 'file', data: pdf, mediaType: 'application/pdf', filename: 'a.pdf' },
          ],
        },
      ],
    });
    expect(sentTo(app.fake)[0]!.messages[0]!.content).toMatchObject([
      { type: 'text' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf' } },
    ]);
  });

  test('a failure is an APICallError with its status, and a passing one may be tried again', async () => {
    await using app = await startRetryless();
    for (const [upstream, status, isRetryable] of [
      [429, 429, true],
      [529, 503, true],
      [400, 400, false],
    ] as const) {
      app.fake.reply({ status: upstream });
      const error: unknown = await generateText({
        model: provider(app)('claude-sonnet-4-6'),
        prompt: 'Hello',
        maxRetries: 0,
      }).catch((thrown: unknown) => thrown);
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ statusCode: status, isRetryable });
    }
  });
});

test('openai-compatible shows the reasoning, whole and streamed', async () => {
  await using app = await startRetryless();
  playWeather(app.fake);
  const options = {
    model: compatible(app)('claude-opus-5-5'),
    prompt: QUESTION,
    tools: { get_weather: getWeather },
    stopWhen: stepCountIs(5),
    providerOptions: { trestle: { reasoningEffort: 'high' } },
  };
  const whole = await generateText(options);
  const streamed = streamText(options);
  expect(whole.steps.map(({ reasoningText }) => reasoningText)).toEqual(['I need the weather.', 'I need the weather.']);
  expect((await streamed.steps).map(({ reasoningText }) => reasoningText)).toEqual(
    whole.steps.map(({ reasoningText }) => reasoningText),
  );
  expect(await streamed.text).toBe(reportOf('Oslo', 'Bergen'));
  expect(app.fake.refusals).toEqual([]);
});
