import type Anthropic from '@anthropic-ai/sdk';
import type { AssistantMessage } from '../../../shared/chat-message.ts';
import type { TextPart } from '../../../shared/content-part.ts';
import { toTextBlocks } from './content-parts.ts';

/** The parts of an assistant's content; a refusal among them is text to Claude. */
export function toSpokenParts(content: NonNullable<AssistantMessage['content']>): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part) => (part.type === 'text' ? part : { type: 'text', text: part.refusal }));
}

/** An assistant's content, taken from its start piece by piece: Claude's texts stand joined in it. */
export class AssistantText {
  readonly #parts: readonly TextPart[];
  /** The part that is next, and how much of it is taken. */
  #next = 0;
  #taken = 0;

  constructor(content: NonNullable<AssistantMessage['content']>) {
    this.#parts = toSpokenParts(content).filter((part) => part.text !== '');
  }

  /** The next so many UTF-16 units as one block, with the cache mark of a part that ends in it; undefined when there are fewer. */
  take(length: number): Anthropic.TextBlockParam | undefined {
    let text = '';
    let marks: Partial<TextPart> = {};
    while (text.length < length) {
      const part = this.#parts[this.#next];
      if (!part) return undefined;
      const end = this.#taken + length - text.length;
      text += part.text.slice(this.#taken, end);
      if (part.text.length > end) this.#taken = end;
      else {
        this.#next += 1;
        this.#taken = 0;
        marks = { ...marks, ...part };
      }
    }
    // Claude's own white space goes back as well, which is left out elsewhere.
    const [marked] = toTextBlocks([{ ...marks, type: 'text', text: 'x' }]);
    return { ...marked!, text };
  }

  /** What is left, as in a turn without thinking. */
  rest(): Anthropic.TextBlockParam[] {
    const [part, ...others] = this.#parts.slice(this.#next);
    return part ? toTextBlocks([{ ...part, text: part.text.slice(this.#taken) }, ...others]) : [];
  }
}
