import type { ConversationItem } from '../../shared/responses/conversation.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';

/** An item as it is listed: with an id, and its content in parts. */
export function toListed(item: InputItem, id: string): ConversationItem {
  if (!('content' in item) || typeof item.content !== 'string') return { ...item, id };
  const type = 'role' in item && item.role === 'assistant' ? 'output_text' : 'input_text';
  return { status: 'completed', ...item, id, type: 'message', content: [{ type, text: item.content }] };
}
