import { tool, type ChatTransport, type UIMessage } from 'ai';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import { TrestleChatTransport, type TrestleMetadata, type TrestleUIMessage } from '../../client/ai-sdk.ts';
import { createTrestleClient } from '../../client/index.ts';

// Checked by `npm run typecheck`, never run.
export function transportsFitChats(): void {
  const plain = new TrestleChatTransport({ url: 'http://127.0.0.1:8787', apiKey: 'key', model: 'm' });
  expectTypeOf(plain).toExtend<ChatTransport<UIMessage>>();
  const client = createTrestleClient({ url: 'http://127.0.0.1:8787' });
  const own = new TrestleChatTransport<TrestleUIMessage>({
    client,
    model: 'm',
    body: async () => ({ reasoning_effort: 'high' }),
    tools: { weather: tool({ inputSchema: z.object({ city: z.string() }) }) },
    prepareSendMessagesRequest: ({ messages, body }) => {
      expectTypeOf(messages[0]?.metadata).toEqualTypeOf<TrestleMetadata | undefined>();
      return { body };
    },
  });
  expectTypeOf(own).toExtend<ChatTransport<TrestleUIMessage>>();
  void new TrestleChatTransport({ client, model: 'm', tools: [{ type: 'function', function: { name: 'weather' } }] });
}

export function optionsAreChecked(): void {
  // @ts-expect-error: a server is needed
  void new TrestleChatTransport({ model: 'm' });
  // @ts-expect-error: a model is needed
  void new TrestleChatTransport({ url: 'http://127.0.0.1:8787' });
  // @ts-expect-error: no such effort
  void new TrestleChatTransport({ url: 'http://127.0.0.1:8787', model: 'm', body: { reasoning_effort: 'huge' } });
}
