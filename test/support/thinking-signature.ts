import { createHash } from 'node:crypto';
import { isRecord } from './claude-shape.ts';
import { blocksOf } from './rules-blocks-walk.ts';
import type { ClaudeBlock } from './rules-blocks.ts';
import type { ClaudeBody } from './rules-body.ts';

type Prefix = Pick<ClaudeBody, 'system' | 'tools' | 'messages'>;

/** What a signature says: who thought, after which prefix and which blocks, which of how many, and what its text was. */
export interface ReadSignature {
  model: string;
  prefix: string;
  index: number;
  count: number;
  text: string;
  /** Types of the blocks that the same answer held before it. */
  before: string[];
}

const SIGNATURE = /^sig:([^:]+):([0-9a-f]{16}):(\d+)\.(\d+):([0-9a-f]{8}):([a-z_.]*)$/;

export function isThinking(block: { type: string }): boolean {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}

/** The string that carries the signature: `data` of a redacted block, else `signature`. */
export function signatureOf(block: ClaudeBlock): string {
  return (block.type === 'redacted_thinking' ? block.data : block.signature) ?? '';
}

export function readSignature(block: ClaudeBlock): ReadSignature | undefined {
  const match = SIGNATURE.exec(signatureOf(block));
  if (match === null) return undefined;
  const [, model = '', prefix = '', index, count, text = '', before = ''] = match;
  return { model, prefix, index: Number(index), count: Number(count), text, before: before.split('.').filter(Boolean) };
}

export function thinkingTextHash(block: ClaudeBlock): string {
  return digest(block.thinking ?? '').slice(0, 8);
}

/**
 * Signs thinking block number `index` of the `count` ones of an answer to `request`:
 * `sig:<model>:<hash of system, tools and messages>:<index>.<count>:<hash of the text>:<types before it>`.
 */
export function signThinking(
  model: string,
  request: Prefix,
  block: { index: number; count: number; thinking: string; before?: readonly string[] },
): string {
  const prefix = prefixHashes(request).at(-1)?.at(-1) ?? '';
  const before = (block.before ?? Array.from({ length: block.index }, () => 'thinking')).join('.');
  return `sig:${model}:${prefix}:${block.index}.${block.count}:${digest(block.thinking).slice(0, 8)}:${before}`;
}

/**
 * For each entry, the hash of everything before its first block, then after each of its blocks; one more row
 * at the end holds the hash of the whole. Chained, so that an answer may end up inside a merged turn.
 */
export function prefixHashes(request: Prefix): string[][] {
  const system = request.system === undefined ? [] : blocksOf({ role: 'system', content: request.system });
  let hash = digest(canonical({ system, tools: request.tools ?? [] }));
  const rows = request.messages.map((entry) => [
    hash,
    ...blocksOf(entry).map((block) => {
      hash = digest(`${hash}${entry.role}${canonical(block)}`);
      return hash;
    }),
  ]);
  return [...rows, [hash]];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function canonical(value: unknown): string {
  return JSON.stringify(meaningOf(value));
}

/** Cache marks move between requests and absent equals null: neither changes what the model reads. */
function meaningOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaningOf);
  if (!isRecord(value)) return value;
  const isToolResult = value['type'] === 'tool_result';
  const fields = Object.entries(value)
    .filter(([key, field]) => key !== 'cache_control' && key !== 'caller' && field !== null && field !== undefined)
    .filter(([key, field]) => !(isToolResult && key === 'is_error' && field === false))
    .map(([key, field]) => [key, isToolResult && key === 'content' ? resultContent(field) : meaningOf(field)])
    .sort(([left], [right]) => (String(left) < String(right) ? -1 : 1));
  return Object.fromEntries(fields);
}

function resultContent(content: unknown): unknown {
  return meaningOf(typeof content === 'string' ? [{ type: 'text', text: content }] : content);
}
