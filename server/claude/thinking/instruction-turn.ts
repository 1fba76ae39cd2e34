import type Anthropic from '@anthropic-ai/sdk';

/**
 * Adds a system message of ours behind a user's turn, where it changes nothing before it: Claude binds its thinking to
 * what stands before. Returns what takes it away again.
 */
export function addInstruction(turns: Anthropic.MessageParam[], text: string): () => void {
  const block = { type: 'text' as const, text };
  const last = turns.at(-1);
  if (last?.role === 'system' && Array.isArray(last.content)) {
    const { content } = last;
    content.push(block);
    return () => content.pop();
  }
  turns.push({ role: 'system', content: [block] });
  return () => turns.pop();
}
