import type OpenAI from 'openai';
import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import { describe, expect, test } from 'vitest';
import { MODELS } from '../../server/claude/models.ts';
import type { FakeClaude } from '../support/fake-claude.ts';
import { openaiAt, startOpenAI } from './openai-client.ts';
import { playWeather, QUESTION, reportOf, sentTo, WEATHER_PARAMETERS, weatherIn } from './weather-agent.ts';

type Reasoned = ChatCompletionMessage & { reasoning_content?: string; reasoning_details?: object[] };
type Ask = (
  openai: OpenAI,
  request: ChatCompletionCreateParamsNonStreaming,
) => Promise<{ message: Reasoned; reasoningTokens: number | undefined }>;

interface SentBlock {
  type: string;
  thinking?: string;
  signature?: string;
}

const tools: ChatCompletionTool[] = [
  {
    type: 'function',
    function: { name: 'get_weather', description: 'The weather now', parameters: WEATHER_PARAMETERS },
  },
];
const question: ChatCompletionMessageParam = { role: 'user', content: QUESTION };

const whole: Ask = async (openai, request) => {
  const { choices, usage } = await openai.chat.completions.create(request);
  return { message: choices[0]!.message, reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens };
};

/** By hand, as the package's own helpers know nothing of the fields beside OpenAI's. */
const streamed: Ask = async (openai, request) => {
  const stream = openai.chat.completions.stream({ ...request, stream: true, stream_options: { include_usage: true } });
  let reasoning = '';
  const details: object[] = [];
  stream.on('chunk', ({ choices }) => {
    const delta = choices[0]?.delta as Partial<Reasoned> | undefined;
    reasoning += delta?.reasoning_content ?? '';
    details.push(...(delta?.reasoning_details ?? []));
  });
  const { choices, usage } = await stream.finalChatCompletion();
  const message = {
    ...choices[0]!.message,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
  return { message, reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens };
};
const WAYS: [string, Ask][] = [
  ['whole', whole],
  ['streamed', streamed],
];

/** The message as a client that knows OpenAI's fields alone keeps it. */
function plain({ role, content, tool_calls: calls }: Reasoned): ChatCompletionMessageParam {
  return {
    role,
    content,
    ...(calls && { tool_calls: calls.map(({ id, type, ...rest }) => ({ id, type, ...rest })) }),
  } as ChatCompletionMessageParam;
}

function resultsFor({ tool_calls: calls = [] }: Reasoned): ChatCompletionMessageParam[] {
  return calls.flatMap((call) =>
    call.type === 'function'
      ? [
          {
            role: 'tool' as const,
            tool_call_id: call.id,
            content: weatherIn((JSON.parse(call.function.arguments) as { city: string }).city),
          },
        ]
      : [],
  );
}

/** The thinking blocks in the assistant's turns of one request to Claude, as their bytes. */
function thinkingIn(fake: FakeClaude, request: number): string[] {
  const { messages } = sentTo(fake)[request]!;
  return messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : (content as SentBlock[])))
    .filter(({ type }) => type === 'thinking' || type === 'redacted_thinking')
    .map((block) => JSON.stringify(block));
}

describe.each(WAYS)('a tool loop through the plain client, %s', (_, ask) => {
  test.each(MODELS)('keeps the signed thinking of $id, or works without it', async ({ id }) => {
    await using server = await startOpenAI();
    const { openai, fake } = server;
    playWeather(fake);
    const signed: string[] = [];
    const request = { model: id, tools, reasoning_effort: 'high', max_tokens: 8000 } as const;

    const first = await ask(openai, { ...request, messages: [question] });
    for (const { signature, ...detail } of (first.message.reasoning_details ?? []) as SentBlock[])
      signed.push(JSON.stringify({ type: 'thinking', thinking: detail.thinking, signature }));
    const second = await ask(openai, {
      ...request,
      messages: [question, plain(first.message), ...resultsFor(first.message)],
    });

    expect(fake.refusals).toEqual([]);
    expect(second.message.content).toBe(reportOf('Oslo', 'Bergen'));
    // Every model of the table thinks when an effort is asked for.
    expect(signed).toHaveLength(1);
    expect(thinkingIn(fake, 1)).toEqual(signed);
    expect(first.message.reasoning_content).toBe('I need the weather.');
    expect(first.reasoningTokens).toBeGreaterThan(0);
  });

  test.each(MODELS)('works on $id when no effort is named, and shows no thinking', async ({ id, thinksByDefault }) => {
    await using server = await startOpenAI();
    const { openai, fake } = server;
    playWeather(fake);
    const request = { model: id, tools };

    const first = await ask(openai, { ...request, messages: [question] });
    const second = await ask(openai, {
      ...request,
      messages: [question, plain(first.message), ...resultsFor(first.message)],
    });

    expect(fake.refusals).toEqual([]);
    expect(second.message.content).toBe(reportOf('Oslo', 'Bergen'));
    expect(thinkingIn(fake, 1)).toHaveLength(thinksByDefault ? 1 : 0);
    expect(first.message).not.toHaveProperty('reasoning_details');
  });
});

const BINDING = 'claude-opus-5-5';
const FREE = 'claude-opus-5';
const BUDGETED = 'claude-haiku-4-5';

interface Turned {
  /** The model of the second request. */
  model?: string;
  system?: string;
  apiKey?: string;
  change?: (message: ChatCompletionMessageParam) => ChatCompletionMessageParam;
}

/** A first answer, then a second request that differs as told; how many thinking blocks went along. */
async function replayed(first: string, { model = first, system, apiKey, change = (it) => it }: Turned) {
  await using server = await startOpenAI({ TRESTLE_API_KEYS: 'test-key,other-key' });
  const { app, openai, fake } = server;
  playWeather(fake);
  const request = { tools, reasoning_effort: 'high', max_tokens: 8000 } as const;
  const { message } = await whole(openai, { ...request, model: first, messages: [question] });
  const other = apiKey === undefined ? openai : openaiAt({ url: app.url, apiKey });
  const answer = await whole(other, {
    ...request,
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      question,
      change(plain(message)),
      ...resultsFor(message),
    ],
  });
  expect(fake.refusals).toEqual([]);
  expect(answer.message.content).toBe(reportOf('Oslo', 'Bergen'));
  return thinkingIn(fake, 1).length;
}

describe('kept thinking', () => {
  test.each([BINDING, FREE, BUDGETED])('goes back when nothing changed (%s)', async (model) => {
    expect(await replayed(model, {})).toBe(1);
  });

  test('stays out when the model that made it is bound to what stood before, and that changed', async () => {
    expect(await replayed(BINDING, { system: 'Be brief.' })).toBe(0);
  });

  test('goes back behind another prefix where the model does not mind', async () => {
    expect(await replayed(FREE, { system: 'Be brief.' })).toBe(1);
    expect(await replayed(BUDGETED, { system: 'Be brief.' })).toBe(1);
  });

  test.each([
    [BINDING, FREE],
    [FREE, BINDING],
    [FREE, BUDGETED],
    ['claude-fable-5-2', 'claude-opus-5-5'],
  ])('of %s stays out for %s', async (first, model) => {
    expect(await replayed(first, { model })).toBe(0);
  });

  test.each([BINDING, FREE, BUDGETED])('is never given to another key (%s)', async (model) => {
    expect(await replayed(model, { apiKey: 'other-key' })).toBe(0);
  });

  test('stays out when the client changed the answer', async () => {
    const change = (message: ChatCompletionMessageParam) =>
      ({ ...message, content: 'I said something else.' }) as ChatCompletionMessageParam;
    expect(await replayed(BINDING, { change })).toBe(0);
    expect(await replayed(BUDGETED, { change })).toBe(0);
  });

  test('survives spaces in the arguments that a client writes anew', async () => {
    const change = (message: ChatCompletionMessageParam) =>
      ({
        ...message,
        tool_calls: (message as Reasoned).tool_calls!.map((call) =>
          call.type === 'function'
            ? {
                ...call,
                function: {
                  ...call.function,
                  arguments: JSON.stringify(JSON.parse(call.function.arguments), null, 2),
                },
              }
            : call,
        ),
      }) as ChatCompletionMessageParam;
    expect(await replayed(BINDING, { change })).toBe(1);
  });

  test('lasts through a loop of several rounds', async () => {
    await using server = await startOpenAI();
    const { openai, fake } = server;
    playWeather(fake, ['Oslo']);
    const request = { model: BINDING, tools, reasoning_effort: 'high' } as const;
    const messages: ChatCompletionMessageParam[] = [question];
    for (let round = 0; round < 3; round += 1) {
      // The script calls whenever the last turn holds no result.
      const { message } = await whole(openai, { ...request, messages });
      messages.push(plain(message), ...resultsFor(message), { role: 'user', content: 'And now?' });
      const said = await whole(openai, { ...request, messages });
      messages.push(plain(said.message), { role: 'user', content: 'Again.' });
    }
    expect(fake.refusals).toEqual([]);
    expect(thinkingIn(fake, 5)).toHaveLength(3);
  });
});

describe.each(WAYS)('reasoning_details that a client sends back, %s', (_, ask) => {
  /** Another server each turn: nothing is kept, so what goes back is the client's. */
  async function turned(model: string, change: (message: Reasoned) => object, system?: string) {
    await using first = await startOpenAI();
    await using second = await startOpenAI();
    playWeather(first.fake);
    playWeather(second.fake);
    const request = { model, tools, reasoning_effort: 'high', max_tokens: 8000 } as const;
    const { message } = await ask(first.openai, { ...request, messages: [question] });
    const answer = await second.openai.chat.completions.create({
      ...request,
      messages: [
        ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
        question,
        change(message) as ChatCompletionMessageParam,
        ...resultsFor(message),
      ],
    });
    expect(second.fake.refusals).toEqual([]);
    expect(answer.choices[0]!.message.content).toBe(reportOf('Oslo', 'Bergen'));
    const { notices = [] } = answer as { notices?: { param: string }[] };
    return { thinking: thinkingIn(second.fake, 0).length, notices: notices.map(({ param }) => param) };
  }

  test.each(MODELS)('go back to $id as they were', async ({ id, efforts }) => {
    const { thinking, notices } = await turned(id, (message) => message);
    expect(thinking).toBe(1);
    expect(notices).toEqual(efforts.length === 0 || id === 'claude-opus-4-5' ? ['reasoning_effort'] : []);
  });

  test('are left out with a notice behind another prefix, on a model that binds them', async () => {
    const { thinking, notices } = await turned(BINDING, (message) => message, 'Be brief.');
    expect(thinking).toBe(0);
    expect(notices).toEqual(['messages[2].reasoning_details']);
  });

  test('are left out with a notice when their seal is gone', async () => {
    const unsealed = (message: Reasoned) => ({
      ...message,
      reasoning_details: message.reasoning_details!.map((detail) => ({ ...detail, model: undefined })),
    });
    const { thinking, notices } = await turned(FREE, unsealed);
    expect(thinking).toBe(0);
    expect(notices).toEqual(['messages[1].reasoning_details']);
  });

  test('are not needed: without them the loop goes on', async () => {
    expect((await turned(BINDING, plain)).thinking).toBe(0);
    expect((await turned(BUDGETED, plain)).thinking).toBe(0);
  });
});
