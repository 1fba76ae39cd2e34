import type { ChatCompletionChunk, Delta } from '../../../shared/chat-chunk.ts';
import type { FinishReason } from '../../../shared/chat-completion.ts';
import type { Envelope } from './to-completion.ts';

export interface ChunkEnvelope extends Envelope {
  /** The model asked for, until Claude names the one that answers. */
  model: string;
  /** Adds the usage chunk, and `usage: null` to all before it. */
  includeUsage: boolean;
  /** The number of the choice, when a request asks for several. */
  index?: number;
}

/** Writes the chunks of one choice; the first of them has the role. */
export class ChunkWriter {
  model: string;
  readonly #envelope: ChunkEnvelope;
  #roleSent = false;

  constructor(envelope: ChunkEnvelope) {
    this.#envelope = envelope;
    this.model = envelope.model;
  }

  /** `firstContent` is what the content is before anything was said, should this be the first chunk. */
  delta(delta: Delta, firstContent: '' | null): ChatCompletionChunk[] {
    const chunk = this.chunk(delta, null);
    return this.#roleSent ? [chunk] : [...this.role(firstContent), chunk];
  }

  role(content: '' | null): ChatCompletionChunk[] {
    if (this.#roleSent) return [];
    this.#roleSent = true;
    return [this.chunk({ role: 'assistant', content, refusal: null }, null)];
  }

  chunk(delta: Delta, finishReason: FinishReason | null): ChatCompletionChunk {
    const { id, created, includeUsage, index = 0 } = this.#envelope;
    const chunk: ChatCompletionChunk = {
      id,
      object: 'chat.completion.chunk',
      created,
      model: this.model,
      choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
    };
    if (includeUsage) chunk.usage = null;
    return chunk;
  }
}
