import type Anthropic from '@anthropic-ai/sdk';
import type { TRPCClient } from '@trpc/client';
import { expectTypeOf } from 'vitest';
import type { AppRouter } from '../../client/contract/app-router.ts';

// Checked by `npm run typecheck`, never run. Claude's own API in tRPC has the types of Anthropic's SDK.

const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Hello' }];

export async function answersAreTheSdks({ messages: api }: TRPCClient<AppRouter>): Promise<void> {
  const message = await api.create.mutate({ model: 'claude-sonnet-5-5', max_tokens: 100, messages, betas: ['a'] });
  expectTypeOf(message).toEqualTypeOf<Anthropic.Message>();
  const count = await api.countTokens.query({ model: 'an-alias', messages });
  expectTypeOf(count).toEqualTypeOf<Anthropic.MessageTokensCount>();
  api.stream.subscribe(
    { model: 'claude-sonnet-5-5', max_tokens: 100, messages, lastEventId: null },
    { onData: ({ data }) => expectTypeOf(data).toEqualTypeOf<Anthropic.RawMessageStreamEvent>() },
  );
}

export async function requestsAreTheSdks({ messages: api }: TRPCClient<AppRouter>): Promise<void> {
  const tools: Anthropic.Tool[] = [{ name: 'look', input_schema: { type: 'object' } }];
  await api.create.mutate({ model: 'm', max_tokens: 1, messages, tools, tool_choice: { type: 'any' } });
  // @ts-expect-error: how long an answer may be is not optional
  await api.create.mutate({ model: 'm', messages });
  // @ts-expect-error: a text of OpenAI's, not a choice of Claude's
  await api.create.mutate({ model: 'm', max_tokens: 1, messages, tool_choice: 'required' });
  // @ts-expect-error: no role of Claude's
  await api.create.mutate({ model: 'm', max_tokens: 1, messages: [{ role: 'tool', content: 'x' }] });
  // @ts-expect-error: whether it is streamed is what `stream` is called for
  await api.create.mutate({ model: 'm', max_tokens: 1, messages, stream: true });
}
