// As program.ts, in a project that has `ai` as well.
import type { ChatTransport } from 'ai';
import { TrestleChatTransport, type TrestleUIMessage } from 'trestle-client/ai-sdk';

export const transport: ChatTransport<TrestleUIMessage> = new TrestleChatTransport<TrestleUIMessage>({
  url: 'http://127.0.0.1:8787',
  model: 'claude-opus-5-5',
  body: { reasoning_effort: 'low' },
});
