import type { ChatCompletionRequest, ChatStreamRequest } from '../../shared/chat-request.ts';
import type { Call } from '../calls/call.ts';
import { type ChatDependencies, type Prepared, prepareChat } from '../chat/prepare.ts';
import { streamChat } from '../chat/stream.ts';
import type { Answer } from './answer.ts';
import type { AnswerStore } from './answer-store.ts';

/** A stream to read: an answer, and the number of the chunk to start with. */
export interface OpenStoredAnswer {
  answer: Answer;
  from: number;
}

/**
 * Starts a streamed answer, or finds the one that a caller comes back to by `lastEventId`: that never asks Claude again.
 * Throws a 400 that names the field, or 412 when there is nothing to come back to.
 */
export function openStream(
  dependencies: ChatDependencies,
  answerStore: AnswerStore,
  call: Omit<Call, 'signal'>,
  request: ChatStreamRequest,
): OpenStoredAnswer {
  if (request.lastEventId) return answerStore.find(call.owner, request.lastEventId);
  return startStream(dependencies, answerStore, call, prepareChat(dependencies, call, toChatRequest(request)));
}

/** In a function of its own: what starts an answer lives as long as it does, and would keep the request. */
function startStream(
  dependencies: ChatDependencies,
  answerStore: AnswerStore,
  { owner, record, strict }: Omit<Call, 'signal'>,
  prepared: Prepared,
): OpenStoredAnswer {
  const answer = answerStore.start({ id: prepared.id, owner, record }, (signal) =>
    streamChat(dependencies, { owner, record, strict, signal }, prepared),
  );
  return { answer, from: 0 };
}

/** Without what is a subscription's own. Most requests have none of that, and are not copied. */
function toChatRequest(request: ChatStreamRequest): ChatCompletionRequest {
  if (request.stream && !('lastEventId' in request || 'idempotencyKey' in request)) return request;
  const { lastEventId: _lastEventId, idempotencyKey: _idempotencyKey, ...asked } = request;
  return { ...asked, stream: true };
}
