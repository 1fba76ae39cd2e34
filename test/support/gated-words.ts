/** A streamed answer of numbered words for the fake Claude, each let through by its gate. */
export function gatedWords(count: number, gate: (index: number) => Promise<void> | void): object[] {
  const words = Array.from({ length: count }, (_, index) => async () => {
    await gate(index);
    return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `${index} ` } };
  });
  return [
    { type: 'message_start', message: { id: 'msg_1', content: [], usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...words,
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: count } },
    { type: 'message_stop' },
  ];
}

/** The text of the first `count` words of {@link gatedWords}. */
export function wordsUpTo(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index} `).join('');
}
