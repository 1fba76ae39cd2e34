import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { TokenCount } from '../../shared/token-count.ts';
import type { Call } from './call.ts';
import { type ChatDependencies, prepareChat } from './prepare.ts';

/** The prompt tokens of a request, by Claude's own count. Throws a `TrestleError`, as the request itself would. */
export async function countTokens(
  dependencies: ChatDependencies,
  call: Call,
  request: ChatCompletionRequest,
): Promise<TokenCount> {
  const { unsent } = prepareChat(dependencies, call, { ...request, n: undefined });
  const {
    model,
    messages,
    system,
    tools,
    tool_choice: toolChoice,
    thinking,
    output_config: outputConfig,
  } = unsent.take().body;
  const body = { model, messages, system, tools, tool_choice: toolChoice, thinking, output_config: outputConfig };
  const { answer, headers } = await dependencies.claude.countTokens(body, call.signal);
  call.record.upstreamHeaders = headers;
  return { object: 'chat.completion.input_tokens', model, input_tokens: answer };
}
