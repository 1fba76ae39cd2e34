import { zodFunction } from 'openai/helpers/zod';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MODELS } from '../../server/claude/models.ts';
import { startOpenAI } from './openai-client.ts';
import {
  playWeather,
  QUESTION,
  reportOf,
  resultsIn,
  sentTo,
  WEATHER_PARAMETERS,
  weatherCall,
  weatherIn,
} from './weather-agent.ts';

const model = 'claude-sonnet-4-6';
const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: QUESTION }];
const getWeather = {
  type: 'function',
  function: { name: 'get_weather', description: 'The weather now', parameters: WEATHER_PARAMETERS },
} as const;

/** A tool for `runTools`, and the cities that it was run for. */
function runnable() {
  const cities: string[] = [];
  const tool = {
    type: 'function' as const,
    function: {
      ...getWeather.function,
      parse: (json: string) => JSON.parse(json) as { city: string },
      function: ({ city }: { city: string }) => {
        cities.push(city);
        return weatherIn(city);
      },
    },
  };
  return { tool, cities };
}

describe('runTools', () => {
  test.each(MODELS.map(({ id }) => id))('loops to the end on %s', async (id) => {
    await using server = await startOpenAI();
    playWeather(server.fake);
    const { tool, cities } = runnable();
    const runner = server.openai.chat.completions.runTools({ model: id, messages, tools: [tool] });
    expect(await runner.finalContent()).toBe(reportOf('Oslo', 'Bergen'));
    expect(cities).toEqual(['Oslo', 'Bergen']);
    expect(server.fake.refusals).toEqual([]);
  });

  test.each(MODELS.map(({ id }) => id))('loops to the end streamed on %s', async (id) => {
    await using server = await startOpenAI();
    playWeather(server.fake);
    const { tool, cities } = runnable();
    const runner = server.openai.chat.completions.runTools({ model: id, messages, tools: [tool], stream: true });
    const pieces: string[] = [];
    runner.on('content', (piece) => pieces.push(piece));
    expect(await runner.finalContent()).toBe(reportOf('Oslo', 'Bergen'));
    expect(pieces.join('')).toBe(reportOf('Oslo', 'Bergen'));
    expect(cities).toEqual(['Oslo', 'Bergen']);
    expect(server.fake.refusals).toEqual([]);
  });

  test('sends the results of parallel calls back in one turn', async () => {
    await using server = await startOpenAI();
    playWeather(server.fake, ['Oslo', 'Bergen', 'Tromsø']);
    const { tool } = runnable();
    await server.openai.chat.completions.runTools({ model, messages, tools: [tool] }).done();
    const [, second] = sentTo(server.fake);
    expect(second!.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    const results = second!.messages[2]!.content as { type: string; tool_use_id: string }[];
    const calls = second!.messages[1]!.content as { type: string; id: string }[];
    expect(results.map(({ type }) => type)).toEqual(['tool_result', 'tool_result', 'tool_result']);
    expect(results.map((result) => result.tool_use_id)).toEqual(calls.map(({ id }) => id));
  });

  test('counts the tokens of the whole loop', async () => {
    await using server = await startOpenAI();
    playWeather(server.fake);
    const { tool } = runnable();
    const runner = server.openai.chat.completions.runTools({ model, messages, tools: [tool] });
    const usage = await runner.totalUsage();
    const totals = runner.allChatCompletions();
    expect(totals).toHaveLength(2);
    expect(usage.total_tokens).toBe(totals.reduce((sum, one) => sum + one.usage!.total_tokens, 0));
  });

  test('runs a tool without parameters', async () => {
    await using server = await startOpenAI();
    server.fake.replyWith((body) => ({
      message: {
        content: resultsIn(body).length > 0 ? [{ type: 'text', text: 'Done.' }] : [weatherCall({}, 'ring_bell')],
      },
    }));
    for (const stream of [false, true] as const) {
      let rung = 0;
      const ring = () => {
        rung += 1;
        return 'rung';
      };
      const tools = [
        { type: 'function', function: { name: 'ring_bell', description: '', parameters: {}, function: ring } },
      ] as const;
      const { completions } = server.openai.chat;
      const runner = stream
        ? completions.runTools({ model, messages, tools: [...tools], stream })
        : completions.runTools({ model, messages, tools: [...tools] });
      expect(await runner.finalContent()).toBe('Done.');
      expect(rung).toBe(1);
    }
  });
});

describe('tools', () => {
  test('strict tools come back parsed', async () => {
    await using server = await startOpenAI();
    server.fake.reply({ message: { content: [weatherCall({ city: 'Oslo', days: 3 })] } });
    const parameters = z.object({ city: z.string().min(1), days: z.number().int().min(1).max(7) });
    const completion = await server.openai.chat.completions.parse({
      model,
      messages,
      tools: [zodFunction({ name: 'get_weather', parameters })],
    });
    const [call] = completion.choices[0]!.message.tool_calls!;
    expect(call!.function.parsed_arguments).toEqual({ city: 'Oslo', days: 3 });
    const [tool] = sentTo(server.fake)[0]!.tools!;
    expect(tool!.strict).toBe(true);
    expect(Object.keys(tool!.input_schema.properties!)).toEqual(['city', 'days']);
  });

  test('parallel calls stream as calls 0 and 1, each joining to its JSON', async () => {
    await using server = await startOpenAI();
    playWeather(server.fake);
    const stream = server.openai.chat.completions.stream({ model, messages, tools: [getWeather] });
    const done: unknown[] = [];
    stream.on('tool_calls.function.arguments.done', ({ index, arguments: json }) =>
      done.push([index, JSON.parse(json)]),
    );
    const completion = await stream.finalChatCompletion();
    expect(done).toEqual([
      [0, { city: 'Oslo' }],
      [1, { city: 'Bergen' }],
    ]);
    expect(completion.choices[0]!.finish_reason).toBe('tool_calls');
    expect(completion.choices[0]!.message.content).toBeNull();
  });

  test('parallel_tool_calls false and a forced choice reach Claude', async () => {
    await using server = await startOpenAI();
    const completion = await server.openai.chat.completions.create({
      model,
      messages,
      tools: [getWeather],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      parallel_tool_calls: false,
    });
    expect(completion.choices[0]!.message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'get_weather' } },
    ]);
    expect(sentTo(server.fake)[0]!.tool_choice).toEqual({
      type: 'tool',
      name: 'get_weather',
      disable_parallel_tool_use: true,
    });
  });

  test('a custom tool gets and gives free text, whole and streamed', async () => {
    await using server = await startOpenAI();
    const code = 'print("hello")\n# naïve 🙂';
    const custom = { type: 'custom', custom: { name: 'run_code', description: 'Runs Python' } } as const;
    server.fake.replyWith((body) => ({
      message: {
        content:
          resultsIn(body).length > 0
            ? [{ type: 'text', text: resultsIn(body).join() }]
            : [weatherCall({ input: code }, 'run_code')],
      },
    }));
    const { completions } = server.openai.chat;
    const whole = await completions.create({ model, messages, tools: [custom] });
    const [call] = whole.choices[0]!.message.tool_calls!;
    expect(call).toMatchObject({ type: 'custom', custom: { name: 'run_code', input: code } });

    let input = '';
    for await (const { choices } of await completions.create({ model, messages, tools: [custom], stream: true })) {
      for (const delta of (choices[0]?.delta.tool_calls ?? []) as { custom?: { input?: string } }[]) {
        input += delta.custom?.input ?? '';
      }
    }
    expect(input).toBe(code);

    const answer = await completions.create({
      model,
      messages: [
        ...messages,
        whole.choices[0]!.message,
        { role: 'tool', tool_call_id: call!.id, content: 'hello from Python' },
      ],
      tools: [custom],
    });
    expect(answer.choices[0]!.message.content).toBe('hello from Python');
  });

  test('the older functions loop with function_call and role function, whole and streamed', async () => {
    await using server = await startOpenAI();
    playWeather(server.fake, ['Oslo']);
    const { completions } = server.openai.chat;
    const functions = [getWeather.function];
    const whole = await completions.create({ model, messages, functions });
    const call = whole.choices[0]!.message.function_call!;
    expect(whole.choices[0]!.finish_reason).toBe('function_call');
    expect([call.name, JSON.parse(call.arguments)]).toEqual(['get_weather', { city: 'Oslo' }]);

    const streamed = { name: '', arguments: '' };
    let finish: string | null = null;
    for await (const { choices } of await completions.create({ model, messages, functions, stream: true })) {
      streamed.name += choices[0]?.delta.function_call?.name ?? '';
      streamed.arguments += choices[0]?.delta.function_call?.arguments ?? '';
      finish = choices[0]?.finish_reason ?? finish;
    }
    expect(streamed).toEqual(call);
    expect(finish).toBe('function_call');

    const answer = await completions.create({
      model,
      messages: [
        ...messages,
        whole.choices[0]!.message,
        { role: 'function', name: 'get_weather', content: weatherIn('Oslo') },
      ],
      functions,
    });
    expect(answer.choices[0]!.message.content).toBe(reportOf('Oslo'));
  });

  test('a call cut short says length', async () => {
    await using server = await startOpenAI();
    server.fake.reply({ message: { content: [weatherCall({ city: 'Oslo' })], stop_reason: 'max_tokens' } });
    const completion = await server.openai.chat.completions.create({ model, messages, tools: [getWeather] });
    expect(completion.choices[0]!.finish_reason).toBe('length');
  });
});
