import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';

/**
 * Most chunks of a stream add text to a choice and say nothing else. Written or kept by the thousand, such a chunk is
 * its text, and a shape that it shares with the others.
 */

const TOP_LEVEL: ReadonlySet<string> = new Set(['id', 'object', 'created', 'model', 'choices', 'usage']);

/** The text, of a chunk that has nothing else to say; undefined for any other. */
export function addedText(chunk: ChatCompletionChunk): string | undefined {
  const { choices } = chunk;
  const [choice] = choices;
  if (choices.length !== 1 || choice!.finish_reason !== null || typeof choice!.delta.content !== 'string') return;
  if (chunk.usage) return;
  for (const field in choice!.delta) if (field !== 'content') return;
  for (const field in chunk) if (!TOP_LEVEL.has(field)) return;
  return choice!.delta.content;
}

/** Whether two chunks that add text differ in nothing but the text. */
export function isAlike(one: ChatCompletionChunk, other: ChatCompletionChunk): boolean {
  return (
    one.id === other.id &&
    one.created === other.created &&
    one.model === other.model &&
    one.choices[0]!.index === other.choices[0]!.index &&
    'usage' in one === 'usage' in other
  );
}

/** A chunk of this shape that adds another text. */
export function withText(shape: ChatCompletionChunk, content: string): ChatCompletionChunk {
  return { ...shape, choices: [{ ...shape.choices[0]!, delta: { content } }] };
}
