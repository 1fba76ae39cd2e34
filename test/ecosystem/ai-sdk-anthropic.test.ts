import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startApp } from '../support/app-resource.ts';
import { playWeather, QUESTION, reportOf, weatherIn } from './weather-agent.ts';

// The AI SDK over Claude's own API, which passes through.

const MODELS = ['claude-sonnet-4-6', 'claude-opus-5-5', 'claude-haiku-4-5'];

const getWeather = tool({
  description: 'The weather now',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => weatherIn(city),
});

describe('@ai-sdk/anthropic', () => {
  test('generateText gives text, a reason and the tokens', async () => {
    await using app = await startApp();
    app.fake.reply({ message: { content: [{ type: 'text', text: 'Hello!' }] } });
    const provider = createAnthropic({ baseURL: `${app.url}/v1`, apiKey: app.apiKey });
    const result = await generateText({ model: provider('claude-sonnet-4-6'), prompt: 'Hello' });
    expect([result.text, result.finishReason]).toEqual(['Hello!', 'stop']);
    expect(result.usage.outputTokens).toBeGreaterThan(0);
  });

  test.each(MODELS)('streamText runs a tool loop on %s', async (id) => {
    await using app = await startApp();
    playWeather(app.fake);
    const provider = createAnthropic({ baseURL: `${app.url}/v1`, apiKey: app.apiKey });
    const result = streamText({
      model: provider(id),
      prompt: QUESTION,
      tools: { get_weather: getWeather },
      stopWhen: stepCountIs(5),
    });
    expect(await result.text).toBe(reportOf('Oslo', 'Bergen'));
    const inputs = (await result.steps).flatMap(({ toolCalls }) => toolCalls.map(({ input }) => input));
    expect(inputs).toEqual([{ city: 'Oslo' }, { city: 'Bergen' }]);
    expect(app.fake.refusals).toEqual([]);
  });

  test('a model that nobody has is a 404 with its reason', async () => {
    await using app = await startApp();
    const provider = createAnthropic({ baseURL: `${app.url}/v1`, apiKey: app.apiKey });
    const failed = generateText({ model: provider('gpt-4'), prompt: 'Hello', maxRetries: 0 });
    await expect(failed).rejects.toMatchObject({ statusCode: 404, message: expect.stringContaining('gpt-4') });
  });
});
