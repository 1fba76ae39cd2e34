export const EARLIER_WORDS = 'Hello, may I ask you something about the history of bridges?';
export const WORDS = 'Tell me about a trestle: what it is made of, what it carries, and why anybody builds one.';

/** The first piece of every streamed answer, by which its arrival is told. */
export const FIRST_PIECE = 'word000 ';

/** What the upstream says, piece by piece. */
export function piecesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `word${String(index).padStart(3, '0')} `);
}

/** The same as the arguments of a tool call, cut into pieces. */
export function argumentPiecesOf(count: number): string[] {
  const pieces = piecesOf(count);
  return pieces.map((piece, index) => {
    if (index === 0) return `{"customer":"${piece}`;
    return index === count - 1 ? `${piece}"}` : piece;
  });
}

/** The text of every whole answer. */
export const ANSWER = piecesOf(60).join('');
