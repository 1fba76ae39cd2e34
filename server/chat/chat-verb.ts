import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { Verb } from '../answers/verb.ts';
import { CHAT_CHUNKS } from './chunks/chunk-store.ts';
import type { NumberedChunk } from './chunks/numbered-chunk.ts';
import { checkWhole, completeChat } from './complete.ts';
import { type ChatDependencies, prepareChat } from './prepare.ts';
import { streamChat } from './stream.ts';

/** Chat completions, in OpenAI's shapes. */
export type ChatVerb = Verb<ChatCompletionRequest, ChatCompletion, NumberedChunk>;

export function createChatVerb(dependencies: ChatDependencies): ChatVerb {
  return {
    name: 'chat',
    format: CHAT_CHUNKS,
    checkWhole,
    complete: (call, request) => completeChat(dependencies, call, request),
    stream(call, request) {
      const prepared = prepareChat(dependencies, call, request);
      return { id: prepared.id, start: startOf(dependencies, call, prepared) };
    },
  };
}

/** In a function of its own: what starts an answer lives as long as it does, and would keep the request. */
function startOf(
  dependencies: ChatDependencies,
  { owner, access, record, strict }: Parameters<ChatVerb['stream']>[0],
  prepared: ReturnType<typeof prepareChat>,
): ReturnType<ChatVerb['stream']>['start'] {
  return (signal) => streamChat(dependencies, { owner, access, record, strict, signal }, prepared);
}
