import type { ChatCompletionRequest, ChatStreamRequest } from '../../shared/chat-request.ts';
import type { Call } from '../calls/call.ts';
import { type ChatDependencies, type Prepared, prepareChat } from '../chat/prepare.ts';
import { streamChat } from '../chat/stream.ts';
import type { Generation } from './answer.ts';
import type { Generations } from './answer-store.ts';

/** A stream to read: an answer, and the number of the chunk to start with. */
export interface OpenStream {
  generation: Generation;
  from: number;
}

/**
 * Starts a streamed answer, or finds the one that a caller comes back to by `lastEventId`: that never asks Claude again.
 * Throws a 400 that names the field, or 412 when there is nothing to come back to.
 */
export function openStream(
  dependencies: ChatDependencies,
  generations: Generations,
  call: Omit<Call, 'signal'>,
  request: ChatStreamRequest,
): OpenStream {
  if (request.lastEventId) return generations.find(call.owner, request.lastEventId);
  return startStream(dependencies, generations, call, prepareChat(dependencies, call, toChatRequest(request)));
}

/** In a function of its own: what starts an answer lives as long as it does, and would keep the request. */
function startStream(
  dependencies: ChatDependencies,
  generations: Generations,
  { owner, record, strict }: Omit<Call, 'signal'>,
  prepared: Prepared,
): OpenStream {
  const generation = generations.start({ id: prepared.id, owner, record }, (signal) =>
    streamChat(dependencies, { owner, record, strict, signal }, prepared),
  );
  return { generation, from: 0 };
}

/** Without what is a subscription's own. Most requests have none of that, and are not copied. */
function toChatRequest(request: ChatStreamRequest): ChatCompletionRequest {
  if (request.stream && !('lastEventId' in request || 'idempotencyKey' in request)) return request;
  const { lastEventId: _lastEventId, idempotencyKey: _idempotencyKey, ...asked } = request;
  return { ...asked, stream: true };
}
