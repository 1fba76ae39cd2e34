import type { TRPCClient } from '@trpc/client';
import { expectTypeOf } from 'vitest';
import type { TrestleChatTransportOptions } from '../../client/ai-sdk.ts';
import {
  type AppRouter,
  type ChatCompletion,
  type ChatCompletionRequest,
  createTrestleClient,
} from '../../client/index.ts';
import { type components, createTrestleRestClient } from '../../client/rest.ts';

// Checked by `npm run typecheck`, never run. A misspelt name is an error wherever a request is written.
const client = createTrestleClient({ url: 'http://127.0.0.1:8787' });
const rest = createTrestleRestClient({ url: 'http://127.0.0.1:8787' });
declare const trpc: TRPCClient<AppRouter>;
const model = 'claude-sonnet-5-5';
const messages: ChatCompletionRequest['messages'] = [{ role: 'user', content: 'Hello!' }];

export function typosAtTheTop(): void {
  // @ts-expect-error: temperature
  void client.stream({ model, messages, temprature: 1 });
  // @ts-expect-error: temperature
  void client.complete({ model, messages, temprature: 1 });
  // @ts-expect-error: temperature
  void trpc.chat.complete.mutate({ model, messages, temprature: 1 });
  // @ts-expect-error: temperature
  void trpc.chat.countTokens.query({ model, messages, temprature: 1 });
  // @ts-expect-error: idempotencyKey
  void trpc.chat.stream.subscribe({ model, messages, idempotencykey: 'order-7' }, {});
  // @ts-expect-error: lastEventId
  void trpc.chat.resume.subscribe({ lasteventid: 'chatcmpl-1:4' }, {});
  // @ts-expect-error: temperature
  void ({ model, messages, temprature: 1 } satisfies components['schemas']['ChatCompletionRequest']);
  // @ts-expect-error: temperature
  expectTypeOf<TrestleChatTransportOptions>().toExtend<{ body: { temprature: number } }>();
}

export function typosInside(): void {
  void client.stream({
    model,
    // @ts-expect-error: content
    messages: [{ role: 'user', contents: 'Hello!' }],
  });
  void client.stream({
    model,
    // @ts-expect-error: tool_call_id
    messages: [{ role: 'tool', content: 'done', tool_call_id: 'c', toolCallId: 'c' }],
  });
  void client.stream({
    model,
    // @ts-expect-error: detail
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:', details: 'low' } }] }],
  });
  void client.stream({
    model,
    messages,
    // @ts-expect-error: parameters
    tools: [{ type: 'function', function: { name: 'f', params: {} } }],
  });
  // @ts-expect-error: include_usage
  void client.stream({ model, messages, stream_options: { includeUsage: true } });
  const schema = {};
  void client.stream({
    model,
    messages,
    // @ts-expect-error: schema
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strikt: true } },
  });
  // @ts-expect-error: budget_tokens
  void client.stream({ model, messages, thinking: { type: 'enabled', budgetTokens: 2048 } });
}

export async function typosInAnswers(completion: ChatCompletion): Promise<void> {
  // @ts-expect-error: choices
  void completion.choises;
  // @ts-expect-error: prompt_tokens
  void completion.usage?.promptTokens;
  for await (const chunk of client.stream({ model, messages })) {
    // @ts-expect-error: content
    void chunk.choices[0]?.delta.contents;
  }
  const { data } = await rest.GET('/v1/models');
  // @ts-expect-error: context_window
  void data?.data[0]?.contextWindow;
}

/** What the contract does not have is said to be so. */
export function unknownFields(): void {
  void client.stream({ model, messages }, { extra: { top_k: 5 } });
  void client.complete({ model, messages }, { extra: { top_k: 5 } });
  void client.complete({ model, messages, top_k: 5 } as ChatCompletionRequest & { stream?: false });
  void trpc.chat.complete.mutate({ model, messages, top_k: 5 } as ChatCompletionRequest);
}

/** Ids that are known are offered, and any text is taken. */
export function models(name: string): void {
  expectTypeOf<'claude-opus-5-5'>().toExtend<ChatCompletionRequest['model']>();
  expectTypeOf<ChatCompletionRequest['model']>().not.toEqualTypeOf<string>();
  void client.stream({ model: name, messages });
  void client.stream({ model: 'gpt-4o', messages });
  // @ts-expect-error: a text
  void client.stream({ model: 5, messages });
}
