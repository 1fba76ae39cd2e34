import type { ClaudeBlock } from './rules-blocks.ts';
import type { ClaudeBody, ClaudeEntry } from './rules-body.ts';

export interface PlacedBlock {
  block: ClaudeBlock;
  path: string;
  role: ClaudeEntry['role'];
  /** The block that holds this one (a tool_result, search_result or document); null at the top level. */
  holder: ClaudeBlock | null;
}

/** The blocks of an entry; a string counts as one text block, an empty string as none. */
export function blocksOf(entry: ClaudeEntry): ClaudeBlock[] {
  if (typeof entry.content !== 'string') return entry.content;
  return entry.content === '' ? [] : [{ type: 'text', text: entry.content }];
}

function nestedBlocks(block: ClaudeBlock): { blocks: ClaudeBlock[]; path: string } {
  if (block.type === 'tool_result' || block.type === 'search_result')
    return { blocks: Array.isArray(block.content) ? block.content : [], path: 'content' };
  if (block.type === 'document' && Array.isArray(block.source?.content))
    return { blocks: block.source.content, path: 'source.content.content' };
  return { blocks: [], path: '' };
}

/** Every block that stands in a list in `messages`, nested ones after the block that holds them. */
export function* placedBlocks(body: ClaudeBody): Generator<PlacedBlock> {
  for (const [index, entry] of body.messages.entries()) {
    if (typeof entry.content !== 'string') yield* walk(entry.content, `messages.${index}.content`, entry.role, null);
  }
}

function* walk(
  blocks: ClaudeBlock[],
  path: string,
  role: ClaudeEntry['role'],
  holder: ClaudeBlock | null,
): Generator<PlacedBlock> {
  for (const [index, block] of blocks.entries()) {
    const own = `${path}.${index}`;
    yield { block, path: own, role, holder };
    const nested = nestedBlocks(block);
    yield* walk(nested.blocks, `${own}.${block.type}.${nested.path}`, role, block);
  }
}

/** Index of the last entry with this role, or -1. */
export function lastIndexOfRole(body: ClaudeBody, role: ClaudeEntry['role']): number {
  return body.messages.findLastIndex((entry) => entry.role === role);
}
