import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { TokenCount } from '../../shared/token-count.ts';
import type { Call } from '../calls/call.ts';
import { writeRequest } from '../upstream/serialize.ts';
import { type ChatDependencies, translateChat } from './prepare.ts';

/** The prompt tokens of a request, by Claude's own count. Throws a `TrestleError`, as the request itself would. */
export async function countTokens(
  dependencies: ChatDependencies,
  call: Call,
  request: ChatCompletionRequest,
): Promise<TokenCount> {
  const { translated } = translateChat(dependencies, call, request);
  const { model, messages, system, tools, tool_choice, thinking, output_config } = translated.request.body;
  const { answer, headers } = await dependencies.claude.countTokens(
    // The counting door knows the newest version alone, and none of the fields that need an older one.
    writeRequest({
      version: '2026-10-21',
      body: { model, messages, system, tools, tool_choice, thinking, output_config },
    }),
    call.signal,
  );
  call.record.upstreamHeaders = headers;
  return { object: 'chat.completion.input_tokens', model, input_tokens: answer };
}
