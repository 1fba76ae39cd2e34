import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { StartedCall } from '../answer/answer-writer.ts';
import { type CallHead, CLIENT_TOOLS } from './client-tools.ts';
import type { AskedTool } from './tool-names.ts';

/** Beginnings of the ids of calls, by the kind of their tool. */
export const CALL_PREFIXES: Readonly<Record<AskedTool['kind'], string>> = {
  function: 'fc',
  custom: 'ctc',
  tool_search: 'tsc',
  local_shell: 'lsc',
  shell: 'shc',
  apply_patch: 'apc',
};

/**
 * The item of a call, by the kind of its tool: `input` is the JSON, or the text for a free-form tool. JSON that was cut
 * short is given as it is to a function, and stands for no input at a tool of another kind.
 */
export function toCallItem(
  tool: AskedTool,
  { id: callId }: StartedCall,
  { id, status }: Pick<CallHead, 'id' | 'status'>,
  input: string,
): OutputItem {
  const head: CallHead = { id, call_id: callId, status };
  const named = { name: tool.name, ...(tool.namespace && { namespace: tool.namespace }) };
  switch (tool.kind) {
    case 'function':
      return { type: 'function_call', ...head, ...named, arguments: input };
    case 'custom':
      return { type: 'custom_tool_call', ...head, ...named, input };
    default:
      return CLIENT_TOOLS[tool.kind].toItem(head, parsed(input));
  }
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
