import type { FakeModel } from './claude-models.ts';
import { findFakeModel } from './claude-models.ts';
import { refuse } from './claude-refusal.ts';
import { blocksOf, lastIndexOfRole } from './rules-blocks-walk.ts';
import type { ClaudeBlock } from './rules-blocks.ts';
import type { ClaudeBody } from './rules-body.ts';
import { isThinking, prefixHashes, readSignature, signatureOf, thinkingTextHash } from './thinking-signature.ts';

interface ReplayedBlock {
  block: ClaudeBlock;
  path: string;
  /** Hashes at which the answer that held this block may have begun, oldest first. */
  starts: string[];
  /** Types of the blocks before it, from where the answer that held it began; unknown behind a changed prefix. */
  before: string[] | undefined;
  /** Types of all blocks of the turn before it. */
  turnBefore: string[];
}

/** Replayed thinking: signed by this fake, unedited, whole, and where the model preserves it, bound to its prefix. */
export function checkThinkingBlocks(body: ClaudeBody, model: FakeModel, knownSignatures: ReadonlySet<string>): void {
  checkFinalTurn(body);
  if (!body.messages.some((entry) => blocksOf(entry).some(isThinking))) return;
  const latest = lastIndexOfRole(body, 'assistant');
  const hashes = prefixHashes(body);
  for (const [index, entry] of body.messages.entries()) {
    if (entry.role !== 'assistant') continue;
    const turnStart = hashesOfTurnBefore(body, hashes, index);
    const replayed = blocksOf(entry).flatMap((block, position): ReplayedBlock[] => {
      if (!isThinking(block) || knownSignatures.has(signatureOf(block))) return [];
      const starts = [...turnStart, ...(hashes[index] ?? []).slice(0, position + 1)];
      const begin = (hashes[index] ?? []).slice(0, position + 1).indexOf(readSignature(block)?.prefix ?? '');
      const before = begin === -1 ? undefined : blocksOf(entry).slice(begin, position).map(typeOf);
      const turnBefore = typesBefore(body, index, position);
      return [{ block, path: `messages.${index}.content.${position}`, starts, before, turnBefore }];
    });
    for (const item of replayed) checkBlock(item, model);
    if (index === latest) checkWhole(replayed);
  }
}

function hashesOfTurnBefore(body: ClaudeBody, hashes: string[][], index: number): string[] {
  const found: string[] = [];
  for (let at = index - 1; body.messages[at]?.role === 'assistant'; at -= 1) found.unshift(...(hashes[at] ?? []));
  return found;
}

function typesBefore(body: ClaudeBody, index: number, position: number): string[] {
  let first = index;
  while (body.messages[first - 1]?.role === 'assistant') first -= 1;
  const earlier = body.messages.slice(first, index).flatMap(blocksOf);
  return [...earlier, ...blocksOf(body.messages[index]!).slice(0, position)].map(typeOf);
}

function typeOf({ type }: ClaudeBlock): string {
  return type;
}

function checkBlock({ block, path, starts }: ReplayedBlock, model: FakeModel): void {
  const signature = readSignature(block);
  if (signature === undefined) refuse(`${path}: Invalid \`signature\` in \`${block.type}\` block`);
  if (block.type === 'thinking' && signature.text !== thinkingTextHash(block)) refuse(modified(path));
  const readable = canRead(model, signature.model);
  const sameFamily = familyOf(signature.model) === familyOf(model.id);
  const bound = model.preservedThinking && sameFamily;
  if (!readable || (bound && !starts.includes(signature.prefix)))
    refuse(`${path}: Invalid signature in thinking block. The block is bound to a different conversation or model.`);
}

function familyOf(id: string): string {
  return id.replace('mythos', 'fable');
}

/** 5.2 blocks stay with Fable and Mythos 5.2; 5.1 reads what older models wrote; other binding models only their own. */
function canRead(reader: FakeModel, writer: string): boolean {
  if (familyOf(writer) === familyOf(reader.id)) return true;
  if (familyOf(writer) === 'claude-fable-5-2') return false;
  if (!reader.preservedThinking) return true;
  return familyOf(reader.id) === 'claude-fable-5-1' && findFakeModel(writer)?.preservedThinking === false;
}

function modified(path: string): string {
  return `${path}: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.`;
}

/** The blocks of one answer come back all or none, in their order and in their places between the other blocks. */
function checkWhole(replayed: ReplayedBlock[]): void {
  const answers = new Map<string, ReplayedBlock[]>();
  for (const item of replayed) {
    const start = readSignature(item.block)?.prefix ?? '';
    answers.set(start, [...(answers.get(start) ?? []), item]);
  }
  for (const blocks of answers.values()) {
    const [first] = blocks;
    const signatures = blocks.map(({ block }) => readSignature(block));
    const isWhole = signatures.every((signature, position) => signature?.index === position);
    if (first !== undefined && !(isWhole && signatures[0]?.count === blocks.length)) refuse(modified(first.path));
    for (const item of blocks) if (!isInPlace(item)) refuse(modified(item.path));
  }
}

function isInPlace({ block, before, turnBefore }: ReplayedBlock): boolean {
  const own = readSignature(block)?.before ?? [];
  // The turn may begin with other answers.
  const found = before ?? (own.length === 0 ? [] : turnBefore.slice(-own.length));
  return found.join() === own.join();
}

function checkFinalTurn(body: ClaudeBody): void {
  const latest = lastIndexOfRole(body, 'assistant');
  const entry = body.messages[latest];
  if (entry === undefined) return;
  const blocks = blocksOf(entry);
  const isFinal = latest === body.messages.length - 1;
  const last = blocks.at(-1);
  if (isFinal && last !== undefined && isThinking(last))
    refuse(`messages.${latest}: The final block in an assistant message cannot be \`thinking\`.`);
  const thinkingAt = blocks.findIndex(isThinking);
  if (isFinal && body.thinking?.type === 'disabled' && thinkingAt !== -1)
    refuse(
      `messages.${latest}.content.${thinkingAt}: When thinking is disabled, an \`assistant\` message in the final position cannot contain \`thinking\`. To use thinking blocks, enable \`thinking\` in your request.`,
    );
  const mustThink = isFinal || blocks.some((block) => block.type === 'tool_use' && answersLast(body, latest));
  const [first] = blocks;
  if (body.thinking?.type === 'enabled' && mustThink && first !== undefined && !isThinking(first))
    refuse(
      `messages.${latest}.content.0.type: Expected thinking or redacted_thinking, but found ${first.type}. When thinking is enabled, a final assistant message must start with a thinking block.`,
    );
}

/** Whether the conversation ends by answering the tool calls of entry `latest`. */
function answersLast(body: ClaudeBody, latest: number): boolean {
  return body.messages.slice(latest + 1).some((entry) => blocksOf(entry).some((block) => block.type === 'tool_result'));
}
