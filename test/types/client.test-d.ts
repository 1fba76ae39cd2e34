import { expectTypeOf } from 'vitest';
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionRequest,
  createTrestleClient,
  type ErrorCode,
  type Model,
  type ModelList,
  type TrestleError,
} from '../../client/index.ts';
import { type components, createTrestleRestClient } from '../../client/rest.ts';

// Checked by `npm run typecheck`, never run.
const client = createTrestleClient({ url: 'http://127.0.0.1:8787' });
const rest = createTrestleRestClient({ url: 'http://127.0.0.1:8787', apiKey: 'key' });
declare const request: ChatCompletionRequest;
declare const signal: AbortSignal;

export async function answersAreTyped(): Promise<void> {
  const messages: ChatCompletionRequest['messages'] = [{ role: 'user', content: 'Hello!' }];
  expectTypeOf(client.complete({ model: 'm', messages }, { signal })).resolves.toEqualTypeOf<ChatCompletion>();
  for await (const chunk of client.stream(request, { signal })) {
    expectTypeOf(chunk).toEqualTypeOf<ChatCompletionChunk>();
    expectTypeOf(chunk.choices[0]?.delta.content).toEqualTypeOf<string | null | undefined>();
  }
  expectTypeOf(client.models.list()).resolves.toEqualTypeOf<ModelList>();
  expectTypeOf(client.models.retrieve('m')).resolves.toEqualTypeOf<Model>();
  expectTypeOf<TrestleError['status']>().toEqualTypeOf<number>();
  expectTypeOf<TrestleError['code']>().toEqualTypeOf<ErrorCode | null>();
}

export function requestsAreChecked(): void {
  // @ts-expect-error: a whole answer can't be streamed
  void client.complete({ ...request, stream: true });
  // @ts-expect-error: messages are needed
  void client.stream({ model: 'm' });
  // @ts-expect-error: no such role
  void client.complete({ model: 'm', messages: [{ role: 'robot', content: 'Hello!' }] });
  // @ts-expect-error: a number
  void client.complete({ model: 'm', messages: [{ role: 'user', content: 'Hello!' }], temperature: 'warm' });
  // @ts-expect-error: a URL is needed
  createTrestleClient({ apiKey: 'key' });
}

export async function restIsTyped(): Promise<void> {
  const { data, error } = await rest.POST('/v1/chat/completions', {
    body: { model: 'm', messages: [{ role: 'user', content: 'Hello!' }] },
  });
  expectTypeOf(data?.object).toEqualTypeOf<'chat.completion' | undefined>();
  expectTypeOf(data?.choices[0]?.message.content).toEqualTypeOf<string | null | undefined>();
  expectTypeOf<components['schemas']['ChatCompletion']['id']>().toEqualTypeOf<string>();
  expectTypeOf(error?.error.code).toEqualTypeOf<string | null | undefined>();
  const list = await rest.GET('/v1/models');
  expectTypeOf(list.data?.data[0]?.id).toEqualTypeOf<string | undefined>();
  // @ts-expect-error: no such route
  void rest.GET('/v1/nothing');
  // @ts-expect-error: a body is needed
  void rest.POST('/v1/chat/completions', {});
}
