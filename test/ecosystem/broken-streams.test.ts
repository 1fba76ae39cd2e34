import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, run, setTracingDisabled } from '@openai/agents';
import { type LanguageModel, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { openaiAt } from './openai-client.ts';

// It would send traces to OpenAI.
setTracingDisabled(true);

const MODEL = 'claude-sonnet-4-6';
/** Reads a stream to its end; what it has read so far is in `seen` when it throws. */
type Read = (app: AppResource, seen: string[]) => Promise<unknown>;

const aiSdk =
  (modelOf: (app: AppResource) => LanguageModel): Read =>
  async (app, seen) => {
    const { fullStream } = streamText({ model: modelOf(app), prompt: 'Hello', maxRetries: 0, onError: () => {} });
    for await (const part of fullStream) {
      if (part.type === 'text-delta') seen.push(part.text);
      if (part.type === 'error') throw part.error;
    }
  };

/** Of an agent of OpenAI's. */
const agent =
  (useResponses: boolean): Read =>
  async ({ url, apiKey }, seen) => {
    const provider = new OpenAIProvider({ apiKey, baseURL: `${url}/v1`, useResponses });
    const result = await run(new Agent({ name: 'Greeter', model: await provider.getModel(MODEL) }), 'Hello', {
      stream: true,
    });
    for await (const text of result.toTextStream()) seen.push(text);
    await result.completed;
  };

const READERS: Record<string, Read> = {
  async openai(app, seen) {
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    const stream = await openaiAt(app).chat.completions.create({ model: MODEL, messages, stream: true });
    for await (const { choices } of stream) seen.push(choices[0]?.delta.content ?? '');
  },
  '@ai-sdk/openai': aiSdk(({ url, apiKey }) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(MODEL)),
  '@ai-sdk/openai-compatible': aiSdk(({ url, apiKey }) =>
    createOpenAICompatible({ name: 'trestle', baseURL: `${url}/v1`, apiKey })(MODEL),
  ),
  async '@langchain/openai'({ url, apiKey }, seen) {
    const configuration = { baseURL: `${url}/v1` };
    const model = new ChatOpenAI({ model: MODEL, apiKey, maxRetries: 0, useResponsesApi: false, configuration });
    for await (const { text } of await model.stream('Hello')) seen.push(text);
  },
  '@openai/agents over chat completions': agent(false),
  '@openai/agents': agent(true),
  async 'openai, responses'(app, seen) {
    const stream = await openaiAt(app).responses.create({ model: MODEL, input: 'Hello', stream: true });
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') seen.push(event.delta);
      if (event.type === 'response.failed') throw new Error(event.response.error!.message);
    }
  },
  '@ai-sdk/openai, responses': aiSdk(({ url, apiKey }) => createOpenAI({ baseURL: `${url}/v1`, apiKey })(MODEL)),
  async '@anthropic-ai/sdk'({ url, apiKey }, seen) {
    const claude = new Anthropic({ apiKey, baseURL: url, maxRetries: 0 });
    const stream = await claude.messages.create({
      model: MODEL,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hello' }],
      stream: true,
    });
    for await (const event of stream)
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') seen.push(event.delta.text);
  },
  '@ai-sdk/anthropic': aiSdk(({ url, apiKey }) => createAnthropic({ baseURL: `${url}/v1`, apiKey })(MODEL)),
};

describe.each(Object.entries(READERS))('%s', (_name, read) => {
  test('fails where a stream breaks, with the text before it and the reason', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    app.fake.reply({
      events: [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
    });
    const seen: string[] = [];
    const thrown: unknown = await read(app, seen).catch((error: unknown) => error);
    expect(seen.join('')).toBe('Hel');
    // The Agents SDK has a sentence of its own, and keeps the reason to itself.
    expect(told(thrown)).toMatch(/overloaded|request ended with unsuccessful terminal state/i);
  });
});

/** Some throw an error, some what the event held. */
function told(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : JSON.stringify(thrown);
}
