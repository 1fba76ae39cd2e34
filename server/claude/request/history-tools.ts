import type Anthropic from '@anthropic-ai/sdk';
import type { ChatMessage } from '../../../shared/chat-message.ts';
import type { Notices } from '../notices.ts';
import { toToolName } from './tool-ids.ts';

/**
 * The tools of a request that declares none, and whose history has calls: Claude refuses such calls unless their tools
 * are declared. It gets their names, to be sent with a choice of none. The list is empty where nothing was called.
 */
export function toHistoryTools(messages: readonly ChatMessage[], notices: Notices): Anthropic.Tool[] {
  const names = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    const path = `messages[${index}]`;
    for (const [at, call] of (message.tool_calls ?? []).entries()) {
      const { name } = call.type === 'function' ? call.function : call.custom;
      names.add(toToolName(name, `${path}.tool_calls[${at}].${call.type}.name`, notices));
    }
    if (message.function_call) names.add(toToolName(message.function_call.name, `${path}.function_call.name`, notices));
  }
  return Array.from(names, (name) => ({ name, input_schema: { type: 'object', properties: {} } }));
}
