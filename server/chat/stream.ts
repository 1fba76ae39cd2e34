import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatStreamRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { ChunkTranslator } from '../claude/chunk-translator.ts';
import { brokenConnection } from '../upstream/failure.ts';
import type { Call } from './call.ts';
import { type ChatDependencies, prepareChat } from './prepare.ts';

/**
 * A streamed answer. Nothing is yielded before Claude's first content, so a failure until then has no
 * chunk before it. Throws a `TrestleError`, also in the middle: then what came before is all there is.
 */
export async function* streamChat(
  dependencies: ChatDependencies,
  call: Call,
  { lastEventId, ...request }: ChatStreamRequest,
): AsyncGenerator<ChatCompletionChunk> {
  if (lastEventId) {
    throw new TrestleError(
      'stream_not_resumable',
      'This stream can not be resumed; a new request starts a new answer',
      { param: 'lastEventId' },
    );
  }
  const { record } = call;
  const { claudeRequest, notices, id, created } = prepareChat(dependencies, call, { ...request, stream: true });
  const { answer, headers } = await dependencies.claude.stream(claudeRequest, call.signal);
  record.firstByteMs = performance.now() - record.startedAt;
  record.upstreamHeaders = headers;
  const includeUsage = request.stream_options?.include_usage === true;
  const translator = new ChunkTranslator({ id, created, model: claudeRequest.body.model, includeUsage });
  for await (const batch of answer) {
    for (const event of batch) yield* translator.push(event);
    record.model = translator.model;
  }
  if (!translator.complete) throw brokenConnection(new Error('the stream ended without message_stop')).error;
  record.usage = translator.usageSoFar;
  yield* translator.finish(notices.list());
}
