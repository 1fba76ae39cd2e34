import { createTRPCClient, httpLink } from '@trpc/client';
import { APIError, BadRequestError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MODELS } from '../../server/claude/models.ts';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import type { TokenCount } from '../../shared/token-count.ts';
import { type OpenAIResource, startOpenAI } from './openai-client.ts';
import { sentTo } from './weather-agent.ts';

const model = 'claude-sonnet-4-6';
const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Plan my trip.' }];
const text = (said: string, extra: object = {}) => ({ message: { content: [{ type: 'text', text: said, ...extra }] } });

describe('structured output', () => {
  const Trip = z.object({
    city: z.string().min(2),
    nights: z.number().int().min(1).max(30),
    contact: z.string().email().nullable(),
    stops: z.array(z.object({ name: z.string(), kind: z.enum(['museum', 'café']) })).max(5),
  });
  const trip = { city: 'Oslo', nights: 3, contact: null, stops: [{ name: 'Munch', kind: 'museum' as const }] };

  test.each(MODELS.map(({ id }) => id))('parse gives a typed answer on %s, whole and streamed', async (id) => {
    await using server = await startOpenAI();
    server.fake.replyWith(() => text(JSON.stringify(trip)));
    const request = { model: id, messages, response_format: zodResponseFormat(Trip, 'trip') };
    const whole = await server.openai.chat.completions.parse(request);
    expect(whole.choices[0]!.message.parsed).toEqual(trip);
    const streamed = await server.openai.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]!.message.parsed).toEqual(trip);
    expect(streamed.choices[0]!.finish_reason).toBe('stop');
    expect(server.fake.refusals).toEqual([]);
  });

  test('a schema that no grammar holds is answered through a tool, and comes back as content', async () => {
    await using server = await startOpenAI();
    const people = { ada: 36, bob: 41 };
    const response_format = {
      type: 'json_schema',
      json_schema: { name: 'ages', schema: { type: 'object', additionalProperties: { type: 'integer' } } },
    } as const;
    server.fake.replyWith((body) => {
      const [tool] = body.tools ?? [];
      return tool
        ? { message: { content: [{ type: 'tool_use', id: 'toolu_1', name: tool.name, input: people }] } }
        : text(JSON.stringify(people));
    });
    const request = { model, messages, response_format };
    const whole = await server.openai.chat.completions.parse(request);
    const streamed = await server.openai.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(JSON.parse(choices[0]!.message.content!)).toEqual(people);
      expect(choices[0]!.message.tool_calls ?? []).toEqual([]);
      expect(choices[0]!.finish_reason).toBe('stop');
    }
  });

  test('json_object takes the fence off, whole and streamed', async () => {
    await using server = await startOpenAI();
    server.fake.replyWith(() => text('```json\n{"city": "Oslo"}\n```'));
    const request = { model, messages, response_format: { type: 'json_object' } } as const;
    const whole = await server.openai.chat.completions.create(request);
    const streamed = await server.openai.chat.completions.stream(request).finalChatCompletion();
    expect(whole.choices[0]!.message.content).toBe('{"city": "Oslo"}');
    expect(streamed.choices[0]!.message.content).toBe('{"city": "Oslo"}');
  });
});

describe('several choices', () => {
  /** Each call is answered with its number. */
  function numberAnswers({ fake }: OpenAIResource): void {
    let count = 0;
    fake.replyWith(() => text(`Answer ${(count += 1)}`));
  }

  test('come whole, with the tokens of all', async () => {
    await using server = await startOpenAI();
    numberAnswers(server);
    const one = await server.openai.chat.completions.create({ model, messages });
    const three = await server.openai.chat.completions.create({ model, messages, n: 3 });
    expect(three.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(three.choices.map(({ message }) => message.content).sort()).toEqual(['Answer 2', 'Answer 3', 'Answer 4']);
    expect(three.usage!.total_tokens).toBe(one.usage!.total_tokens * 3);
  });

  test('come streamed, each under its index, with one usage chunk', async () => {
    await using server = await startOpenAI();
    numberAnswers(server);
    const stream = await server.openai.chat.completions.create({
      model,
      messages,
      n: 3,
      stream: true,
      stream_options: { include_usage: true },
    });
    const contents = ['', '', ''];
    const finished: number[] = [];
    const usages: number[] = [];
    for await (const { choices, usage } of stream) {
      for (const { index, delta, finish_reason: reason } of choices) {
        contents[index] += delta.content ?? '';
        if (reason !== null) finished.push(index);
      }
      if (usage) usages.push(usage.total_tokens);
    }
    const one = await server.openai.chat.completions.create({ model, messages });
    expect([...contents].sort()).toEqual(['Answer 1', 'Answer 2', 'Answer 3']);
    expect(finished.sort()).toEqual([0, 1, 2]);
    expect(usages).toEqual([one.usage!.total_tokens * 3]);
  });

  test('fail together when one of them fails, and leave no call behind', async () => {
    await using server = await startOpenAI();
    server.fake.reply({ hang: true });
    server.fake.reply({ status: 529 });
    server.fake.reply({ hang: true });
    const error: unknown = await server.openai.chat.completions
      .create({ model, messages, n: 3 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, code: 'overloaded' });
    for (const request of server.fake.requests) await request.closed;
  });

  test('fail in the middle of a stream without finishing, and leave no call behind', async () => {
    await using server = await startOpenAI();
    const start = [
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
    ];
    server.fake.reply({ events: [...start, () => new Promise<void>(() => undefined)] });
    server.fake.reply({
      events: [...start, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    });
    const stream = await server.openai.chat.completions.create({ model, messages, n: 2, stream: true });
    const finished: (string | null)[] = [];
    const read = (async () => {
      for await (const { choices } of stream) finished.push(...choices.map((choice) => choice.finish_reason));
    })();
    const error: unknown = await read.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'overloaded' });
    expect(finished.filter((reason) => reason !== null)).toEqual([]);
    for (const request of server.fake.requests) await request.closed;
  });
});

describe('web search', () => {
  const citation = {
    type: 'web_search_result_location',
    cited_text: 'Oslo is mild in May.',
    url: 'https://example.com/oslo',
    title: 'Oslo in May',
    encrypted_index: 'abc',
  };
  const searched = [
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'Oslo' } },
    {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [
        {
          type: 'web_search_result',
          url: citation.url,
          title: citation.title,
          encrypted_content: 'xyz',
          page_age: null,
        },
      ],
    },
  ];
  const request = { model, messages, web_search_options: { search_context_size: 'low' } } as const;

  function playSearch({ fake }: OpenAIResource): void {
    fake.replyWith((body) =>
      body.messages.at(-1)!.role === 'assistant'
        ? text('Oslo is mild.', { citations: [citation] })
        : {
            message: {
              content: [{ type: 'text', text: 'Let me see. ', citations: null }, ...searched],
              stop_reason: 'pause_turn',
            },
          },
    );
  }

  function expectAnswer({ choices: [choice] }: ChatCompletion): void {
    expect(choice!.message.content).toBe('Let me see. Oslo is mild.');
    expect(choice!.finish_reason).toBe('stop');
    expect(choice!.message.tool_calls ?? []).toEqual([]);
    expect(choice!.message.annotations).toEqual([
      {
        type: 'url_citation',
        url_citation: { start_index: 12, end_index: 25, url: citation.url, title: citation.title },
      },
    ]);
  }

  test.each(['claude-sonnet-4-6', 'claude-opus-5-5'])('is continued through a pause and cites, on %s', async (id) => {
    await using server = await startOpenAI();
    playSearch(server);
    expectAnswer(await server.openai.chat.completions.create({ ...request, model: id }));
    const [first, second] = sentTo(server.fake);
    expect(first!.tools).toMatchObject([{ type: 'web_search_20250305', name: 'web_search', max_uses: 2 }]);
    expect(second!.messages.at(-1)).toMatchObject({ role: 'assistant', content: [{ type: 'text' }, ...searched] });
    expect(server.fake.refusals).toEqual([]);
  });

  test.each(['claude-sonnet-4-6', 'claude-opus-5-5'])('does so streamed, on %s', async (id) => {
    await using server = await startOpenAI();
    playSearch(server);
    const whole = await server.openai.chat.completions.create({ ...request, model: id });
    const chunks = await server.openai.chat.completions.create({
      ...request,
      model: id,
      stream: true,
      stream_options: { include_usage: true },
    });
    let content = '';
    const annotations: unknown[] = [];
    const reasons: string[] = [];
    let total = 0;
    for await (const { choices, usage } of chunks) {
      const delta = choices[0]?.delta as { content?: string; annotations?: unknown[] } | undefined;
      content += delta?.content ?? '';
      annotations.push(...(delta?.annotations ?? []));
      if (choices[0]?.finish_reason) reasons.push(choices[0].finish_reason);
      total = usage?.total_tokens ?? total;
    }
    expect(content).toBe(whole.choices[0]!.message.content);
    expect(annotations).toEqual(whole.choices[0]!.message.annotations);
    expect(reasons).toEqual(['stop']);
    expect(total).toBe(whole.usage!.total_tokens);
    expect(server.fake.refusals).toEqual([]);
  });
});

describe('token counts', () => {
  const request = { model, messages, tools: [{ type: 'function', function: { name: 'noop' } }], max_tokens: 100 };

  test('the REST form and the query agree with the usage of the answer', async () => {
    await using server = await startOpenAI();
    const counted = await server.openai.post<TokenCount>('/chat/completions/input_tokens', { body: request });
    const trpc = createTRPCClient<AppRouter>({
      links: [
        httpLink({
          url: `${server.app.url}/trpc`,
          headers: { authorization: `Bearer ${server.app.apiKey}` },
          transformer: superjson,
        }),
      ],
    });
    const queried = await trpc.chat.countTokens.query(request as Parameters<typeof trpc.chat.countTokens.query>[0]);
    const answer = await server.openai.post<ChatCompletion>('/chat/completions', { body: request });
    expect(counted).toEqual({ object: 'chat.completion.input_tokens', model, input_tokens: expect.any(Number) });
    expect(queried).toEqual(counted);
    expect(answer.usage!.prompt_tokens).toBe(counted.input_tokens);
  });

  test.each(MODELS.map(({ id }) => id))('are given on %s for a request with everything in it', async (id) => {
    await using server = await startOpenAI();
    const { input_tokens: tokens } = await server.openai.post<TokenCount>('/chat/completions/input_tokens', {
      body: {
        ...request,
        model: id,
        tool_choice: 'required',
        reasoning_effort: 'high',
        temperature: 0.5,
        stop: ['END'],
        user: 'ada',
        response_format: { type: 'json_object' },
      },
    });
    expect(tokens).toBeGreaterThan(0);
    expect(server.fake.refusals).toEqual([]);
  });

  test('a request that is wrong is a BadRequestError that names the field', async () => {
    await using server = await startOpenAI();
    const error: unknown = await server.openai
      .post('/chat/completions/input_tokens', { body: { ...request, messages: [] } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: 'messages' });
  });
});
