import { refuse } from './claude-refusal.ts';
import { blocksOf } from './rules-blocks-walk.ts';
import type { ClaudeBlock } from './rules-blocks.ts';
import type { ClaudeBody, ClaudeEntry } from './rules-body.ts';

/** Every tool_use answered at once in the next user message, results first, and nothing answered twice. */
export function checkToolResults(body: ClaudeBody): void {
  const seen = new Set<string>();
  for (const [index, entry] of body.messages.entries()) {
    const calls = idsOf(entry, 'tool_use', 'id');
    for (const id of calls) {
      if (seen.has(id)) refuse(`messages.${index}: \`tool_use\` ids must be unique`);
      seen.add(id);
    }
    if (calls.length > 0) checkAnswered(body, index, calls);
    if (entry.role === 'user') checkResultsOf(entry, index, body.messages[index - 1]);
    if (entry.role === 'assistant') checkServerTools(body, index);
  }
  if (seen.size > 0 && !body.tools?.length)
    refuse('Requests which include `tool_use` or `tool_result` blocks must define tools');
}

function idsOf(entry: ClaudeEntry | undefined, type: string, key: 'id' | 'tool_use_id'): string[] {
  if (entry === undefined) return [];
  return blocksOf(entry).flatMap((block) => (block.type === type ? [block[key] ?? ''] : []));
}

function checkAnswered(body: ClaudeBody, index: number, calls: string[]): void {
  const next = body.messages[index + 1];
  const answered = next?.role === 'user' ? idsOf(next, 'tool_result', 'tool_use_id') : [];
  const missing = calls.filter((id) => !answered.includes(id));
  if (missing.length > 0)
    refuse(
      `messages.${index}: tool_use ids were found without tool_result blocks immediately after: ${missing.join(', ')}. Each tool_use block must have a corresponding tool_result block in the next message.`,
    );
}

function checkResultsOf(entry: ClaudeEntry, index: number, previous: ClaudeEntry | undefined): void {
  const calls = previous?.role === 'assistant' ? idsOf(previous, 'tool_use', 'id') : [];
  const answered = new Set<string>();
  let otherContent = false;
  for (const [position, block] of blocksOf(entry).entries()) {
    if (block.type !== 'tool_result') {
      otherContent = true;
      continue;
    }
    const id = block.tool_use_id ?? '';
    if (!calls.includes(id))
      refuse(
        `messages.${index}.content.${position}: unexpected tool_use_id found in tool_result blocks: ${id}. Each tool_result block must have a corresponding tool_use block in the previous message.`,
      );
    if (answered.has(id))
      refuse(
        `messages.${index}.content.${position}: each tool_use must have a single result. Found multiple tool_result blocks with id: ${id}`,
      );
    if (otherContent)
      refuse(
        `messages.${index - 1}: tool_use ids were found without tool_result blocks immediately after: ${id}. Each tool_use block must have a corresponding tool_result block in the next message.`,
      );
    answered.add(id);
  }
}

function checkServerTools(body: ClaudeBody, index: number): void {
  const isLast = index === body.messages.length - 1;
  const turn = assistantTurn(body, index);
  const calls = turn.filter((block) => block.type === 'server_tool_use').map((block) => block.id);
  const results = turn.filter((block) => block.type === 'web_search_tool_result').map((block) => block.tool_use_id);
  const orphan = results.find((id) => !calls.includes(id));
  if (orphan !== undefined)
    refuse(
      `messages.${index}: unexpected tool_use_id found in web_search_tool_result blocks: ${orphan}. Each web_search_tool_result block must have a corresponding server_tool_use block before it.`,
    );
  const open = calls.find((id) => !results.includes(id));
  if (open !== undefined && !isLast)
    refuse(
      `messages.${index}: web_search tool use with id ${open} was found without a corresponding web_search_tool_result block`,
    );
}

/** The blocks of the merged assistant turn that entry `index` belongs to. */
function assistantTurn(body: ClaudeBody, index: number): ClaudeBlock[] {
  let first = index;
  let end = index;
  while (body.messages[first - 1]?.role === 'assistant') first -= 1;
  while (body.messages[end]?.role === 'assistant') end += 1;
  return body.messages.slice(first, end).flatMap(blocksOf);
}
