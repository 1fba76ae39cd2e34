import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';

export interface Prefix {
  system: readonly Anthropic.TextBlockParam[];
  tools: readonly unknown[];
  turns: readonly Anthropic.MessageParam[];
}

/**
 * Names what stood before an answer. Claude binds signed thinking to it on the newest models, and refuses
 * the whole request when it differs, so thinking goes back only under the same name. Cache marks are not part of it.
 */
export function sealOf({ system, tools, turns }: Prefix): string {
  const hash = createHash('sha256');
  const text = JSON.stringify(
    [
      system,
      tools,
      turns.map(({ role, content }) => [
        role,
        typeof content === 'string' ? [{ type: 'text', text: content }] : content,
      ]),
    ],
    withoutMarks,
  );
  return hash.update(text).digest('base64url').slice(0, 22);
}

function withoutMarks(key: string, value: unknown): unknown {
  return key === 'cache_control' ? undefined : value;
}
