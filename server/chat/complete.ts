import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { toCompletion } from '../claude/to-completion.ts';
import type { Call } from './call.ts';
import { type ChatDependencies, prepareChat } from './prepare.ts';

/** A whole answer. Throws a `TrestleError`. */
export async function completeChat(
  dependencies: ChatDependencies,
  call: Call,
  request: ChatCompletionRequest,
): Promise<ChatCompletion> {
  if (request.stream) {
    throw new TrestleError('invalid_value', 'chat.complete gives whole answers; call chat.stream for a streamed one', {
      param: 'stream',
    });
  }
  const prepared = prepareChat(dependencies, call, request);
  const { answer, headers } = await dependencies.claude.complete(prepared.claudeRequest, call.signal);
  const completion = toCompletion(answer, prepared, prepared.notices.list());
  const { record } = call;
  record.firstByteMs = performance.now() - record.startedAt;
  record.upstreamHeaders = headers;
  record.model = completion.model;
  if (completion.usage) record.usage = completion.usage;
  return completion;
}
