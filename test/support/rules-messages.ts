import type { FakeModel } from './claude-models.ts';
import { refuse } from './claude-refusal.ts';
import { blocksOf, placedBlocks } from './rules-blocks-walk.ts';
import type { ClaudeBlock } from './rules-blocks.ts';
import type { ClaudeBody, ClaudeEntry } from './rules-body.ts';

const ASSISTANT_BLOCKS = [
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'server_tool_use',
  'web_search_tool_result',
];
const USER_BLOCKS = ['text', 'image', 'document', 'search_result', 'tool_result'];
const ALLOWED_BLOCKS = { assistant: ASSISTANT_BLOCKS, user: USER_BLOCKS, system: ['text'] };

/** Turn order, who may send what, and the blank-text rules (section 3.2). */
export function checkMessages(body: ClaudeBody, model: FakeModel, anthropicVersion: string): void {
  checkSystemPrompt(body.system);
  if (body.messages[0]?.role === 'assistant') refuse('messages: first message must use the "user" role');
  for (const [index, entry] of body.messages.entries()) {
    checkBlockTypes(entry, index);
    checkBlanks(entry, index, index === body.messages.length - 1);
    if (entry.role === 'system') checkSystemEntry(body, index, model);
  }
  checkCitations(body, anthropicVersion);
  checkPrefill(body, model);
}

function checkSystemPrompt(system: ClaudeBody['system']): void {
  if (system === undefined || system.length === 0) return;
  checkTexts(typeof system === 'string' ? [{ type: 'text', text: system }] : system, 'system');
}

function checkBlockTypes(entry: ClaudeEntry, index: number): void {
  for (const [position, block] of blocksOf(entry).entries()) {
    if (!ALLOWED_BLOCKS[entry.role].includes(block.type))
      refuse(
        `messages.${index}.content.${position}: \`${block.type}\` blocks are not permitted in \`${entry.role}\` messages`,
      );
  }
}

function checkBlanks(entry: ClaudeEntry, index: number, isLast: boolean): void {
  const blocks = blocksOf(entry);
  if (blocks.length > 0) checkTexts(blocks, 'messages');
  else if (!(isLast && entry.role === 'assistant'))
    refuse(
      `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
    );
}

function checkTexts(blocks: ClaudeBlock[], where: string): void {
  const texts = blocks.filter((block) => block.type === 'text');
  if (texts.some((block) => block.text === '')) refuse(`${where}: text content blocks must be non-empty`);
  if (texts.length === blocks.length && texts.every((block) => block.text?.trim() === ''))
    refuse(`${where}: text content blocks must contain non-whitespace text`);
}

function checkSystemEntry(body: ClaudeBody, index: number, model: FakeModel): void {
  if (!model.systemMessages)
    refuse(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    );
  const before = body.messages.slice(0, index).findLast((entry) => entry.role !== 'system');
  const after = body.messages.slice(index).find((entry) => entry.role !== 'system');
  const follows = before?.role === 'user' || (before?.role === 'assistant' && endsInServerTool(blocksOf(before)));
  if (!follows) refuse(`messages.${index}: a \`system\` message must follow a \`user\` message`);
  if (after?.role === 'user')
    refuse(`messages.${index}: a \`system\` message must be followed by an \`assistant\` message or end the array`);
}

function endsInServerTool(blocks: ClaudeBlock[]): boolean {
  const last = blocks.at(-1)?.type;
  return last === 'server_tool_use' || last === 'web_search_tool_result';
}

function checkCitations(body: ClaudeBody, anthropicVersion: string): void {
  for (const { block, path, role } of placedBlocks(body)) {
    const cites = block.type === 'text' && Array.isArray(block.citations) && block.citations.length > 0;
    if (cites && role !== 'assistant' && anthropicVersion === '2026-10-21')
      refuse(`${path}.text.citations: citations are only permitted in \`assistant\` messages`);
    const asksForCitations = (block.citations as { enabled?: boolean } | null | undefined)?.enabled === true;
    if (asksForCitations && body.output_config?.format)
      refuse('output_config.format: structured outputs cannot be used together with citations');
  }
}

function checkPrefill(body: ClaudeBody, model: FakeModel): void {
  const last = body.messages.at(-1);
  if (last?.role !== 'assistant') return;
  const blocks = blocksOf(last);
  // A turn that a server tool paused is resumed by sending it back; that is no prefill.
  if (endsInServerTool(blocks)) return;
  if (!model.prefill)
    refuse('This model does not support assistant message prefill. The conversation must end with a user message.');
  if (body.output_config?.format) refuse('output_config.format: prefill is not supported with structured outputs');
  const final = blocks.at(-1);
  if (final?.type === 'text' && /\s$/.test(final.text ?? ''))
    refuse('messages: final assistant content cannot end with trailing whitespace');
}
