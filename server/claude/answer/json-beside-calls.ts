import type { ClaudeBlock } from '../messages-api.ts';
import type { AnswerPlan } from './answer-plan.ts';
import { FenceStripper } from './fenced-json.ts';

/**
 * Text of an answer that is to be JSON, and that may have calls in its place: beside calls there is JSON, or nothing, since
 * clients parse what there is. What begins as JSON goes on at once; other text waits for the end, when it is known whether
 * there are calls.
 */
export class JsonBesideCalls {
  #place: 'start' | 'json' | 'other' = 'start';
  #held = '';
  #called = false;

  /** What can be passed on. */
  push(text: string): string {
    if (this.#called || this.#place === 'other') {
      this.#held += text;
      return '';
    }
    if (this.#place === 'json') return text;
    this.#held += text;
    const [first] = this.#held.trimStart();
    if (first === undefined) return '';
    this.#place = first === '{' || first === '[' ? 'json' : 'other';
    return this.#place === 'json' ? this.#take() : '';
  }

  /** A call begins: text behind it is no part of the JSON before it. */
  call(): void {
    this.#called = true;
  }

  /** What is left to pass on, and whether something was left out. */
  end(): { text: string; leftOut: boolean } {
    const held = this.#take();
    return this.#called ? { text: '', leftOut: held.trim() !== '' } : { text: held, leftOut: false };
  }

  #take(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** The content that a whole answer with calls has beside them, and whether some of its text is left out. */
export function contentBesideCalls(
  blocks: readonly ClaudeBlock[],
  { jsonText, outputTool }: AnswerPlan,
): { text: string; leftOut: boolean } {
  // Such an answer would have come through the tool.
  if (outputTool !== undefined)
    return { text: '', leftOut: blocks.some((block) => block.type === 'text' && Boolean(block.text?.trim())) };
  const fence = jsonText ? new FenceStripper() : undefined;
  const beside = new JsonBesideCalls();
  let text = '';
  for (const block of blocks) {
    if (block.type === 'tool_use') beside.call();
    else if (block.type === 'text') text += beside.push(fence?.push(block.text ?? '') ?? block.text ?? '');
  }
  text += beside.push(fence?.end() ?? '');
  const rest = beside.end();
  return { text: text + rest.text, leftOut: rest.leftOut };
}
