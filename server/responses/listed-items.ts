import type { ConversationItem } from '../../shared/responses/conversation.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';

/** What clients find in each listed item of a kind, also where it was left out when the item was given. */
const DEFAULTS: Readonly<Record<string, object>> = {
  message: { status: 'completed' },
  function_call: { status: 'completed' },
  function_call_output: { status: 'completed' },
  custom_tool_call: { status: 'completed' },
  custom_tool_call_output: { status: 'completed' },
  local_shell_call: { status: 'completed' },
  local_shell_call_output: { status: 'completed' },
  shell_call: { status: 'completed', environment: null },
  shell_call_output: { status: 'completed', max_output_length: null },
  apply_patch_call: { status: 'completed' },
  apply_patch_call_output: { status: 'completed' },
  tool_search_call: { status: 'completed', execution: 'client' },
  tool_search_output: { status: 'completed', execution: 'client' },
};

/** An item as it is listed: with an id, its content in parts, and all that items of its kind have. */
export function toListed(item: InputItem, id: string): ConversationItem {
  const isMessage = 'role' in item && 'content' in item;
  const type = isMessage ? 'message' : item.type;
  const listed = { ...(type && DEFAULTS[type]), ...withoutNulls(item), id, ...(isMessage && { type }) };
  if (!isMessage) return listed;
  const { role, content } = item;
  const parts: readonly object[] = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
  return { ...listed, content: parts.map((part) => toListedPart(part, role)) };
}

/** A part as it is listed: what the assistant said is output, however it was given. */
function toListedPart(part: { type?: string }, role: string): object {
  const { type } = part;
  if (type === 'input_image') return { detail: 'auto', ...withoutNulls(part) };
  const isText = type === 'input_text' || type === 'output_text' || type === 'text';
  if (role === 'assistant' && isText) return { annotations: [], ...part, type: 'output_text' };
  return part;
}

/** Null stands for what was left out. */
function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
