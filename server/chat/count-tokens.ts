import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { TokenCount } from '../../shared/token-count.ts';
import type { Call } from '../calls/call.ts';
import { type ChatDependencies, prepareChat } from './prepare.ts';

/** The prompt tokens of a request, by Claude's own count. Throws a `TrestleError`, as the request itself would. */
export async function countTokens(
  dependencies: ChatDependencies,
  call: Call,
  request: ChatCompletionRequest,
): Promise<TokenCount> {
  const { model, unsent } = prepareChat(dependencies, call, { ...request, n: undefined });
  const { answer, headers } = await unsent.send(({ body }) => {
    const { messages, system, tools, tool_choice: toolChoice, thinking, output_config: outputConfig } = body;
    const counted = { model, messages, system, tools, tool_choice: toolChoice, thinking, output_config: outputConfig };
    return dependencies.claude.countTokens(counted, call.signal);
  });
  call.record.upstreamHeaders = headers;
  return { object: 'chat.completion.input_tokens', model, input_tokens: answer };
}
