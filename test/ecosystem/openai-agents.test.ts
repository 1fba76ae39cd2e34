import {
  Agent,
  MemorySession,
  type Model,
  OpenAIChatCompletionsModel,
  OpenAIProvider,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { playWeather, QUESTION, reportOf, sentTo, weatherCall, weatherIn } from './weather-agent.ts';

// It would send traces to OpenAI.
setTracingDisabled(true);

/** What each API of the SDK is asked for with, and the class that speaks it; Responses is its default. */
const APIS = [
  ['chat completions', false, OpenAIChatCompletionsModel],
  ['responses', undefined, OpenAIResponsesModel],
] as const;

const MODELS = ['claude-sonnet-4-6', 'claude-opus-5-5', 'claude-haiku-4-5'];

/** The tool, and the cities that it was run for. */
function weatherTool() {
  const cities: string[] = [];
  const getWeather = tool({
    name: 'get_weather',
    description: 'The weather now',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => {
      cities.push(city);
      return weatherIn(city);
    },
  });
  return { getWeather, cities };
}

describe.each(APIS)('the Agents SDK over %s', (_api, useResponses, kind) => {
  /** A model of the SDK, which brings an OpenAI client of its own. */
  async function modelOf({ url, apiKey }: AppResource, id: string): Promise<Model> {
    const mode = useResponses === undefined ? {} : { useResponses };
    const provider = new OpenAIProvider({ apiKey, baseURL: `${url}/v1`, ...mode });
    const model = await provider.getModel(id);
    expect(model).toBeInstanceOf(kind);
    return model;
  }

  test.each(MODELS)('runs a tool loop on %s', async (id) => {
    await using app = await startApp();
    playWeather(app.fake);
    const { getWeather, cities } = weatherTool();
    const agent = new Agent({
      name: 'Weather',
      instructions: 'Look the weather up.',
      model: await modelOf(app, id),
      tools: [getWeather],
    });
    const result = await run(agent, QUESTION);
    expect(result.finalOutput).toBe(reportOf('Oslo', 'Bergen'));
    expect(cities).toEqual(['Oslo', 'Bergen']);
    expect(result.rawResponses).toHaveLength(2);
    expect(sentTo(app.fake)[0]).toMatchObject({ system: 'Look the weather up.' });
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('streams a tool loop on %s', async (id) => {
    await using app = await startApp();
    playWeather(app.fake);
    const { getWeather, cities } = weatherTool();
    const agent = new Agent({
      name: 'Weather',
      model: await modelOf(app, id),
      tools: [getWeather],
    });
    const result = await run(agent, QUESTION, { stream: true });
    const pieces: string[] = [];
    for await (const piece of result.toTextStream()) pieces.push(piece);
    await result.completed;
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(reportOf('Oslo', 'Bergen'));
    expect(result.finalOutput).toBe(reportOf('Oslo', 'Bergen'));
    expect(cities).toEqual(['Oslo', 'Bergen']);
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('keeps the signed thinking of a loop with effort on %s, whole and streamed', async (id) => {
    for (const stream of [false, true] as const) {
      await using app = await startApp();
      playWeather(app.fake);
      const agent = new Agent({
        name: 'Weather',
        model: await modelOf(app, id),
        modelSettings: { reasoning: { effort: 'high' } },
        tools: [weatherTool().getWeather],
      });
      const result = stream ? await run(agent, QUESTION, { stream }) : await run(agent, QUESTION);
      if ('completed' in result) await result.completed;
      const turn = sentTo(app.fake)[1]!.messages[1]!.content as { type: string }[];
      expect(turn.map(({ type }) => type)).toEqual(['thinking', 'tool_use', 'tool_use']);
      expect(result.finalOutput).toBe(reportOf('Oslo', 'Bergen'));
      expect(app.fake.refusals).toEqual([]);
    }
  });

  test.each(MODELS)('gives an output of a type on %s', async (id) => {
    await using app = await startApp();
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: '{"city":"Oslo","nights":2}' }] } }));
    const agent = new Agent({
      name: 'Planner',
      model: await modelOf(app, id),
      outputType: z.object({ city: z.string(), nights: z.number().int().min(1) }),
    });
    expect((await run(agent, 'Plan')).finalOutput).toEqual({ city: 'Oslo', nights: 2 });
    expect(sentTo(app.fake)[0]!.output_config?.format?.type).toBe('json_schema');
    expect(app.fake.refusals).toEqual([]);
  });

  test('hands over from one agent to another', async () => {
    await using app = await startApp();
    const model = await modelOf(app, 'claude-opus-5-5');
    const expert = new Agent({ name: 'Expert', instructions: 'Know the weather.', model });
    const front = Agent.create({ name: 'Front', instructions: 'Hand over.', model, handoffs: [expert] });
    app.fake.replyWith((body) => {
      const mayCall = body.tool_choice?.type !== 'none';
      const content = mayCall ? weatherCall({}, body.tools![0]!.name) : { type: 'text', text: 'It rains.' };
      return { message: { content: [content] } };
    });
    const result = await run(front, QUESTION);
    expect(result.finalOutput).toBe('It rains.');
    expect(result.lastAgent?.name).toBe('Expert');
    expect(sentTo(app.fake).map(({ system }) => system)).toEqual(['Hand over.', 'Know the weather.']);
    expect(app.fake.refusals).toEqual([]);
  });
});

describe('the Agents SDK by default', () => {
  async function agentFor({ url, apiKey }: AppResource): Promise<Agent> {
    const provider = new OpenAIProvider({ apiKey, baseURL: `${url}/v1` });
    return new Agent({
      name: 'Weather',
      model: await provider.getModel('claude-opus-5-5'),
      tools: [weatherTool().getWeather],
    });
  }

  test('goes on from the response before, whose thinking and calls Claude gets again', async () => {
    await using app = await startApp();
    playWeather(app.fake);
    const agent = await agentFor(app);
    const first = await run(agent, QUESTION);
    await run(agent, 'And tomorrow?', { previousResponseId: first.lastResponseId! });
    const roles = sentTo(app.fake)
      .at(-1)!
      .messages.map(({ role }) => role);
    expect(roles.slice(0, 5)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    const answered = sentTo(app.fake).at(-1)!.messages[1]!.content as { type: string }[];
    expect(answered.map(({ type }) => type)).toEqual(['thinking', 'tool_use', 'tool_use']);
    expect(app.fake.refusals).toEqual([]);
  });

  test('keeps a conversation in a session', async () => {
    await using app = await startApp();
    playWeather(app.fake);
    const agent = await agentFor(app);
    const session = new MemorySession();
    await run(agent, QUESTION, { session });
    await run(agent, 'And tomorrow?', { session });
    const { messages } = sentTo(app.fake).at(-1)!;
    const roles = messages.map(({ role }) => role);
    expect(roles.slice(0, 5)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    const answered = messages[1]!.content as { type: string }[];
    expect(answered.map(({ type }) => type)).toEqual(['thinking', 'tool_use', 'tool_use']);
    expect(app.fake.refusals).toEqual([]);
  });
});
