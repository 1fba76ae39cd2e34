import type Anthropic from '@anthropic-ai/sdk';
import type { CacheControl } from '../../../shared/cache-control.ts';
import type { ModelRules } from '../models.ts';
import type { Notices } from '../notices.ts';

/** Claude takes at most this many. */
const MAX_MARKS = 4;
/** Characters of a token of English or JSON. A low guess marks some prompts that are too short, which costs nothing. */
const CHARACTERS_A_TOKEN = 3;

type Marked = { cache_control?: Anthropic.CacheControlEphemeral | null };

export interface CacheOptions {
  rules: ModelRules;
  /** Mark the stable prefix when the caller marks nothing. */
  automatic: boolean;
  notices: Notices;
}

/** A caller's mark without what Claude does not know, which it would refuse. */
export function toCacheMark({ type, ttl }: CacheControl): Anthropic.CacheControlEphemeral {
  return { type, ...(ttl && { ttl }) };
}

/**
 * Keeps a caller's own cache marks to the last four. Without any, it marks the end of the system prompt,
 * and of the conversation once it has an answer in it: what the next request will start with again.
 */
export function setCacheMarks(body: Anthropic.MessageCreateParams, { rules, automatic, notices }: CacheOptions): void {
  const marked = markedIn(body);
  if (marked.length > 0) {
    const dropped = marked.slice(0, -MAX_MARKS);
    for (const block of dropped) delete block.cache_control;
    if (dropped.length > 0)
      notices.add('cache_control', 'clamped', `Claude takes ${MAX_MARKS} cache marks; the last ${MAX_MARKS} were sent`);
    shortAfterLong(marked.slice(-MAX_MARKS), notices);
    return;
  }
  if (!automatic) return;
  const threshold = rules.minCacheTokens * CHARACTERS_A_TOKEN;
  const prefix = sizeOf(body.system) + sizeOf(body.tools);
  if (prefix >= threshold) markPrefix(body);
  const answered = body.messages.some((turn) => turn.role === 'assistant');
  if (answered && prefix + sizeOf(body.messages) >= threshold) body.cache_control = { type: 'ephemeral' };
}

function markPrefix(body: Anthropic.MessageCreateParams): void {
  if (typeof body.system === 'string') body.system = [{ type: 'text', text: body.system }];
  const last = body.system?.at(-1) ?? (body.tools?.at(-1) as Marked | undefined);
  if (last) last.cache_control = { type: 'ephemeral' };
}

/** Claude refuses a mark of an hour behind one of five minutes; the earlier ones are raised to it. */
function shortAfterLong(marks: Marked[], notices: Notices): void {
  const lastLong = marks.findLastIndex((block) => block.cache_control?.ttl === '1h');
  for (const block of marks.slice(0, Math.max(0, lastLong))) {
    if (block.cache_control?.ttl === '1h') continue;
    block.cache_control = { type: 'ephemeral', ttl: '1h' };
    notices.add('cache_control.ttl', 'clamped', 'a mark before one of 1h must be of 1h too');
  }
}

/** In the order in which Claude reads them: tools, system, messages. */
function markedIn(body: Anthropic.MessageCreateParams): Marked[] {
  const marked: Marked[] = [];
  const look = (block: Marked): void => {
    if (block.cache_control) marked.push(block);
  };
  body.tools?.forEach(look);
  if (Array.isArray(body.system)) body.system.forEach(look);
  for (const { content } of body.messages) {
    if (!Array.isArray(content)) continue;
    for (const block of content) {
      if (block.type === 'tool_result') markWithin(block).forEach(look);
      look(block as Marked);
    }
  }
  return marked;
}

/** What a result holds. A mark on the result means its end: where others stand within, it goes to the last of its blocks. */
function markWithin(result: Anthropic.ToolResultBlockParam): Marked[] {
  const within: Marked[] = Array.isArray(result.content) ? result.content : [];
  const { cache_control: mark } = result;
  if (mark && within.some((block) => block.cache_control)) {
    within.at(-1)!.cache_control ??= mark;
    delete result.cache_control;
  }
  return within;
}

/** Characters of the texts in it, images and files aside. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let size = 0;
  for (const [key, inner] of Object.entries(value)) if (key !== 'source') size += sizeOf(inner);
  return size;
}
