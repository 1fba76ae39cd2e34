import type { ChatCompletionChunk, Delta } from '../../../shared/chat-chunk.ts';
import type { Annotation, FinishReason, Usage } from '../../../shared/chat-completion.ts';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import type { AnswerWriter, StartedCall } from './answer-writer.ts';
import type { Envelope } from './to-completion.ts';

export interface ChunkEnvelope extends Envelope {
  /** The model asked for, until Claude names the one that answers. */
  model: string;
  /** Adds the usage chunk, and `usage: null` to all before it. */
  includeUsage: boolean;
  /** The number of the choice, when a request asks for several. */
  index?: number;
}

/** Writes one choice as OpenAI's chunks; the first of them has the role. */
export class ChunkWriter implements AnswerWriter<ChatCompletionChunk> {
  model: string;
  /** The caller speaks the older `functions`, which have a place for one call alone. */
  legacyFunctions = false;
  readonly #envelope: ChunkEnvelope;
  #roleSent = false;

  constructor(envelope: ChunkEnvelope) {
    this.#envelope = envelope;
    this.model = envelope.model;
  }

  startThinking(): ChatCompletionChunk[] {
    return this.#role(null);
  }

  thinking(text: string): ChatCompletionChunk[] {
    return this.#delta({ reasoning_content: text }, null);
  }

  endThinking(details: ReasoningDetail[]): ChatCompletionChunk[] {
    return details.length > 0 ? this.#delta({ reasoning_details: details }, null) : [];
  }

  text(content: string): ChatCompletionChunk[] {
    return this.#delta({ content }, '');
  }

  annotations(annotations: Annotation[]): ChatCompletionChunk[] {
    return this.#delta({ annotations }, null);
  }

  startCall({ index, id, name, custom }: StartedCall): ChatCompletionChunk[] {
    if (this.legacyFunctions) return index === 0 ? this.#delta({ function_call: { name, arguments: '' } }, null) : [];
    const what = custom
      ? { type: 'custom' as const, custom: { name, input: '' } }
      : { type: 'function' as const, function: { name, arguments: '' } };
    return this.#delta({ tool_calls: [{ index, id, ...what }] }, null);
  }

  callInput({ index }: StartedCall, json: string): ChatCompletionChunk[] {
    if (!this.legacyFunctions) return [this.chunk({ tool_calls: [{ index, function: { arguments: json } }] }, null)];
    return index === 0 ? [this.chunk({ function_call: { arguments: json } }, null)] : [];
  }

  endCall({ index, custom }: StartedCall, input: string): ChatCompletionChunk[] {
    return custom ? [this.chunk({ tool_calls: [{ index, custom: { input } }] }, null)] : [];
  }

  /** OpenAI's message has no place for it: it travels with the thinking behind it. */
  search(): ChatCompletionChunk[] {
    return [];
  }

  refusal(refusal: string): ChatCompletionChunk[] {
    return this.#delta({ refusal }, null);
  }

  empty(): ChatCompletionChunk[] {
    return this.#delta({ content: '' }, '');
  }

  /** Without choices; its usage is null when Claude told none. */
  usageChunk(usage: Usage | undefined): ChatCompletionChunk {
    return { ...this.chunk({}, null), choices: [], usage: usage ?? null };
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

  /** `firstContent` is what the content is before anything was said, should this be the first chunk. */
  #delta(delta: Delta, firstContent: '' | null): ChatCompletionChunk[] {
    const chunk = this.chunk(delta, null);
    return this.#roleSent ? [chunk] : [...this.#role(firstContent), chunk];
  }

  #role(content: '' | null): ChatCompletionChunk[] {
    if (this.#roleSent) return [];
    this.#roleSent = true;
    return [this.chunk({ role: 'assistant', content, refusal: null }, null)];
  }
}
