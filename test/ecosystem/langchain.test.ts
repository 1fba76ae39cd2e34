import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, type ChatOpenAIFields } from '@langchain/openai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { playWeather, QUESTION, reportOf, sentTo, weatherIn } from './weather-agent.ts';

const TEXT = 'Hello! How can I help you today?';
const MODELS = ['claude-sonnet-4-6', 'claude-opus-5-5', 'claude-haiku-4-5'];

function chatOpenAI({ url, apiKey }: AppResource, fields: ChatOpenAIFields = {}): ChatOpenAI {
  return new ChatOpenAI({
    model: 'claude-sonnet-4-6',
    apiKey,
    maxRetries: 0,
    useResponsesApi: false,
    configuration: { baseURL: `${url}/v1` },
    ...fields,
  });
}

const getWeather = tool(({ city }: { city: string }) => weatherIn(city), {
  name: 'get_weather',
  description: 'The weather now',
  schema: z.object({ city: z.string() }),
});
const Trip = z.object({ city: z.string().min(2), nights: z.number().int().min(1) });
const trip = { city: 'Bergen', nights: 2 };

/** Asks, runs the tools that are called, and asks again until there is an answer. */
async function runLoop(ask: (messages: BaseMessage[]) => Promise<AIMessage | AIMessageChunk>): Promise<BaseMessage[]> {
  const messages: BaseMessage[] = [new HumanMessage(QUESTION)];
  for (;;) {
    const answer = await ask(messages);
    messages.push(answer);
    if (!answer.tool_calls?.length) return messages;
    for (const call of answer.tool_calls) messages.push(await getWeather.invoke({ ...call, type: 'tool_call' }));
  }
}

async function joined(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let all: AIMessageChunk | undefined;
  for await (const chunk of stream) all = all?.concat(chunk) ?? chunk;
  return all!;
}

describe('ChatOpenAI', () => {
  test('invoke gives text and its tokens', async () => {
    await using app = await startApp();
    const answer = await chatOpenAI(app, { temperature: 0.2, maxTokens: 50 }).invoke([
      new SystemMessage('Be brief.'),
      new HumanMessage('Hello'),
    ]);
    expect(answer.content).toBe(TEXT);
    expect(answer.usage_metadata!.total_tokens).toBe(
      answer.usage_metadata!.input_tokens + answer.usage_metadata!.output_tokens,
    );
    expect(answer.response_metadata).toMatchObject({ finish_reason: 'stop' });
    expect(sentTo(app.fake)[0]).toMatchObject({ system: 'Be brief.', max_tokens: 50, temperature: 0.2 });
  });

  test('stream gives the same in pieces, with its tokens', async () => {
    await using app = await startApp();
    const model = chatOpenAI(app);
    const pieces: string[] = [];
    let total = 0;
    for await (const chunk of await model.stream('Hello')) {
      pieces.push(chunk.text);
      total = chunk.usage_metadata?.total_tokens ?? total;
    }
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(TEXT);
    expect(total).toBe((await model.invoke('Hello')).usage_metadata!.total_tokens);
  });

  test.each(MODELS)('bindTools runs a tool loop on %s', async (model) => {
    await using app = await startApp();
    playWeather(app.fake);
    const agent = chatOpenAI(app, { model }).bindTools([getWeather]);
    const messages = await runLoop((history) => agent.invoke(history));
    expect(messages.map((message) => message.type)).toEqual(['human', 'ai', 'tool', 'tool', 'ai']);
    expect(messages.at(-1)!.content).toBe(reportOf('Oslo', 'Bergen'));
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('bindTools runs a streamed tool loop on %s', async (model) => {
    await using app = await startApp();
    playWeather(app.fake);
    const agent = chatOpenAI(app, { model }).bindTools([getWeather], { strict: true });
    const messages = await runLoop(async (history) => joined(await agent.stream(history)));
    expect((messages[1] as AIMessageChunk).tool_calls!.map(({ args }) => args)).toEqual([
      { city: 'Oslo' },
      { city: 'Bergen' },
    ]);
    expect(messages.at(-1)!.text).toBe(reportOf('Oslo', 'Bergen'));
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('a tool loop with reasoning keeps its signed thinking on %s', async (model) => {
    await using app = await startApp();
    playWeather(app.fake);
    const agent = chatOpenAI(app, { model, modelKwargs: { reasoning_effort: 'high' } }).bindTools([getWeather]);
    const messages = await runLoop((history) => agent.invoke(history));
    const turn = sentTo(app.fake)[1]!.messages[1]!.content as { type: string; signature?: string }[];
    expect(turn[0]).toMatchObject({ type: 'thinking', signature: expect.stringContaining(model) });
    expect(messages.at(-1)!.text).toBe(reportOf('Oslo', 'Bergen'));
    expect(app.fake.refusals).toEqual([]);
  });

  test('bindTools with a forced choice', async () => {
    await using app = await startApp();
    const answer = await chatOpenAI(app)
      .bindTools([getWeather], { tool_choice: 'get_weather', parallel_tool_calls: false })
      .invoke('Hello');
    expect(answer.tool_calls).toMatchObject([{ name: 'get_weather' }]);
    expect(sentTo(app.fake)[0]!.tool_choice).toEqual({
      type: 'tool',
      name: 'get_weather',
      disable_parallel_tool_use: true,
    });
  });

  test.each(MODELS)('withStructuredOutput by schema on %s, whole and streamed', async (model) => {
    await using app = await startApp();
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: JSON.stringify(trip) }] } }));
    const planner = chatOpenAI(app, { model }).withStructuredOutput(Trip, { method: 'jsonSchema', name: 'trip' });
    expect(await planner.invoke('Plan')).toEqual(trip);
    let last: unknown;
    for await (const part of await planner.stream('Plan')) last = part;
    expect(last).toEqual(trip);
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('withStructuredOutput by a function on %s', async (model) => {
    await using app = await startApp();
    app.fake.replyWith((body) => ({
      message: { content: [{ type: 'tool_use', id: 'toolu_1', name: body.tools![0]!.name, input: trip }] },
    }));
    const planner = chatOpenAI(app, { model }).withStructuredOutput(Trip, { method: 'functionCalling', name: 'trip' });
    expect(await planner.invoke('Plan')).toEqual(trip);
    expect(app.fake.refusals).toEqual([]);
  });

  test('withStructuredOutput by JSON mode', async () => {
    await using app = await startApp();
    app.fake.reply({ message: { content: [{ type: 'text', text: `\`\`\`json\n${JSON.stringify(trip)}\n\`\`\`` }] } });
    const planner = chatOpenAI(app).withStructuredOutput(Trip, { method: 'jsonMode' });
    expect(await planner.invoke('Plan, as JSON')).toEqual(trip);
  });

  test('an error keeps its status', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    app.fake.reply({ status: 429 });
    await expect(chatOpenAI(app).invoke('Hello')).rejects.toMatchObject({ status: 429 });
    await expect(chatOpenAI(app, { model: 'no-such-model' }).invoke('Hello')).rejects.toMatchObject({ status: 404 });
  });
});
