import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import { MessageAccumulator } from '../message-accumulator.ts';
import type { ClaudeEvent } from '../messages-api.ts';
import { AnswerLayout } from './answer-layout.ts';
import type { Seal } from './thinking-seal.ts';

/** The {@link AnswerLayout} of a streamed answer. */
export class StreamedLayout {
  readonly #layout: AnswerLayout;
  readonly #blocks = new MessageAccumulator();

  constructor(seal: Seal) {
    this.#layout = new AnswerLayout(seal);
  }

  push(event: ClaudeEvent): void {
    this.#blocks.push(event);
  }

  /** Details of the signed thinking since the last call; what comes next may number its blocks anew. */
  take(): ReasoningDetail[] {
    return this.#blocks.take().flatMap((block) => this.#layout.add(block));
  }
}
