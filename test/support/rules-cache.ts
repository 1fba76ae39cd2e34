import { refuse } from './claude-refusal.ts';
import { placedBlocks } from './rules-blocks-walk.ts';
import type { ClaudeBody } from './rules-body.ts';

interface Breakpoint {
  path: string;
  ttl: string;
}

/** At most four breakpoints, the automatic one included, none on empty text, longer lives first. */
export function checkCacheControl(body: ClaudeBody): void {
  const found: Breakpoint[] = [];
  for (const [index, tool] of (body.tools ?? []).entries()) add(found, tool.cache_control, `tools.${index}`);
  if (typeof body.system === 'object')
    for (const [index, block] of body.system.entries()) add(found, block.cache_control, `system.${index}`);
  for (const { block, path } of placedBlocks(body)) {
    if (block.cache_control && block.type === 'text' && block.text === '')
      refuse(`${path}.text: cache_control cannot be set for empty text blocks`);
    add(found, block.cache_control, path);
  }
  add(found, body.cache_control, 'cache_control');
  if (found.length > 4) refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${found.length}.`);
  checkOrder(found);
}

function add(found: Breakpoint[], mark: { ttl?: string } | null | undefined, path: string): void {
  if (mark) found.push({ path, ttl: mark.ttl ?? '5m' });
}

function checkOrder(found: Breakpoint[]): void {
  const firstShort = found.findIndex((mark) => mark.ttl === '5m');
  const late = found.find((mark, index) => mark.ttl === '1h' && firstShort !== -1 && index > firstShort);
  if (late !== undefined)
    refuse(
      `${late.path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.`,
    );
}
