import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { Usage } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';
import { type AnswerPlan, PLAIN_ANSWER } from './answer-plan.ts';
import { AnswerTranslator } from './answer-translator.ts';
import { type ChunkEnvelope, ChunkWriter } from './chunk-writer.ts';
import { toFinishReason } from './stop-reasons.ts';
import { toServiceTier } from './usage.ts';

export interface ChunkOptions extends ChunkEnvelope {
  /** Keep the content, for {@link AnswerTranslator.content}. */
  keepContent?: boolean;
  plan?: AnswerPlan;
}

/**
 * Claude's stream events as OpenAI's chunks, one event at a time. Folded, the chunks give the
 * completion of the same answer. The last chunks come from {@link finish}, after `message_stop`.
 */
export class ChunkTranslator extends AnswerTranslator<ChatCompletionChunk> {
  readonly #includeUsage: boolean;
  readonly #writer: ChunkWriter;

  constructor({ keepContent = false, plan = PLAIN_ANSWER, ...envelope }: ChunkOptions) {
    const writer = new ChunkWriter(envelope);
    super(writer, keepContent);
    this.#includeUsage = envelope.includeUsage;
    this.#writer = writer;
    this.follow(plan);
  }

  override follow(plan: AnswerPlan): void {
    super.follow(plan);
    this.#writer.legacyFunctions = plan.legacyFunctions;
  }

  /** What closes the choice: the rest of its content, then the one chunk with a finish reason. */
  close(): ChatCompletionChunk[] {
    const chunks = this.end();
    const reason = toFinishReason(this.stopReason, this.called.length > 0, this.#writer.legacyFunctions);
    const last = this.#writer.chunk({}, reason);
    const tier = toServiceTier(this.usage);
    if (tier !== undefined) last.service_tier = tier;
    chunks.push(last);
    return chunks;
  }

  /** {@link close}, then the usage when it was asked for. The notices ride on the last chunk. */
  finish(notices: readonly Notice[]): ChatCompletionChunk[] {
    const chunks = this.close();
    if (this.#includeUsage) chunks.push(this.usageChunk(this.usageSoFar));
    if (notices.length > 0) chunks.at(-1)!.notices = [...notices];
    return chunks;
  }

  /** Without choices; its usage is null when Claude told none. */
  usageChunk(usage: Usage | undefined): ChatCompletionChunk {
    return this.#writer.usageChunk(usage);
  }
}
