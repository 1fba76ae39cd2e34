import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { Annotation, Usage } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { ClaudeBlock, ClaudeEvent, ClaudeUsage } from '../messages-api.ts';
import { StreamedLayout } from '../thinking/streamed-layout.ts';
import { type AnswerPlan, PLAIN_ANSWER } from './answer-plan.ts';
import { CallWriter, type OpenCall } from './call-writer.ts';
import { type ChunkEnvelope, ChunkWriter } from './chunk-writer.ts';
import { toFinishReason, toRefusal } from './stop-reasons.ts';
import { StreamedContent } from './streamed-content.ts';
import { StreamedInput } from './streamed-input.ts';
import { isOutput } from './to-completion.ts';
import { addUsage, mergeUsage, toServiceTier, toUsage } from './usage.ts';

/** A block that is under way. */
type OpenBlock = { kind: 'text' | 'thinking' } | OpenCall | { kind: 'output'; input: StreamedInput };

export interface ChunkOptions extends ChunkEnvelope {
  /** Keep the content, for {@link ChunkTranslator.content}. */
  keepContent?: boolean;
  plan?: AnswerPlan;
}

/**
 * Claude's stream events as OpenAI's chunks, one event at a time. Folded, the chunks give the
 * completion of the same answer. The last chunks come from {@link finish}, after `message_stop`.
 */
export class ChunkTranslator {
  /** Whether `message_stop` has come; a stream that ends without it is broken. */
  complete = false;
  stopReason: string | null = null;
  #usage: ClaudeUsage = {};
  #earlierUsage: ClaudeUsage | undefined;
  readonly #includeUsage: boolean;
  readonly #writer: ChunkWriter;
  #plan: AnswerPlan = PLAIN_ANSWER;
  readonly #open = new Map<number, OpenBlock>();
  #content: StreamedContent;
  #calls: CallWriter;
  /** For callers that are given signed thinking. */
  #layout: StreamedLayout | undefined;
  readonly #keepContent: boolean;
  #stopDetails: { explanation?: string | null } | null | undefined;

  constructor(options: ChunkOptions) {
    this.#includeUsage = options.includeUsage;
    this.#writer = new ChunkWriter(options);
    this.#keepContent = options.keepContent === true;
    this.#content = new StreamedContent(PLAIN_ANSWER, this.#keepContent);
    this.#calls = new CallWriter(this.#writer, PLAIN_ANSWER);
    if (options.plan) this.follow(options.plan);
  }

  /** Before the first event: how the answer is to be turned back. */
  follow(plan: AnswerPlan): void {
    if (plan === this.#plan) return;
    this.#plan = plan;
    this.#content = new StreamedContent(plan, this.#keepContent);
    this.#calls = new CallWriter(this.#writer, plan);
    this.#layout = plan.reasoningSeal && new StreamedLayout(plan.reasoningSeal);
  }

  /** That answers, as far as it is known. */
  get model(): string {
    return this.#writer.model;
  }

  push(event: ClaudeEvent): ChatCompletionChunk[] {
    this.#layout?.push(event);
    switch (event.type) {
      case 'message_start':
        this.#writer.model = event.message?.model ?? this.#writer.model;
        this.#usage = mergeUsage(this.#usage, event.message?.usage);
        return [];
      case 'content_block_start':
        return this.#startBlock(event.index ?? 0, event.content_block);
      case 'content_block_delta':
        return this.#continueBlock(event.index ?? 0, event.delta);
      case 'content_block_stop':
        return this.#stopBlock(event.index ?? 0);
      case 'message_delta':
        this.#usage = mergeUsage(this.#usage, event.usage);
        this.stopReason = event.delta?.stop_reason ?? this.stopReason;
        this.#stopDetails = event.delta?.stop_details ?? this.#stopDetails;
        return [];
      case 'message_stop':
        this.complete = true;
        return [];
      default:
        return [];
    }
  }

  /** Claude paused, and goes on in another answer: its blocks are counted anew, and its tokens are added. */
  resume(): void {
    this.complete = false;
    this.stopReason = null;
    this.#earlierUsage = this.usage;
    this.#usage = {};
    this.#open.clear();
    this.#layout?.take();
  }

  /** What closes the choice: the rest of its content, then the one chunk with a finish reason. */
  close(): ChatCompletionChunk[] {
    const chunks = [...this.#open.keys()].flatMap((index) => this.#stopBlock(index));
    const { pieces, annotations } = this.#content.end();
    chunks.push(...pieces.flatMap((text) => this.#text(text)), ...this.#annotations(annotations));
    const refusal = toRefusal(this.stopReason, this.#stopDetails);
    if (refusal !== null) chunks.push(...this.#writer.delta({ refusal }, null));
    else if (!this.#content.isSent && this.called.length === 0) chunks.push(...this.#writer.delta({ content: '' }, ''));
    const reason = toFinishReason(this.stopReason, this.called.length > 0, this.#plan.legacyFunctions);
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
    return { ...this.#writer.chunk({}, null), choices: [], usage: usage ?? null };
  }

  /** The finished answer to check; null when it is a call or a refusal. */
  get content(): string | null {
    return this.called.length === 0 && this.stopReason !== 'refusal' ? this.#content.whole : null;
  }

  /** The names of the calls. */
  get called(): readonly string[] {
    return this.#calls.names;
  }

  /** Whether text was left out beside calls, where the content is to be JSON. */
  get leftOut(): boolean {
    return this.#content.leftOut;
  }

  get usage(): ClaudeUsage {
    return this.#earlierUsage ? addUsage(this.#earlierUsage, this.#usage) : this.#usage;
  }

  get usageSoFar(): Usage | undefined {
    return toUsage(this.usage);
  }

  #startBlock(index: number, block: ClaudeBlock | undefined): ChatCompletionChunk[] {
    switch (block?.type) {
      case 'text':
        this.#open.set(index, { kind: 'text' });
        this.#content.startText(block.citations);
        return this.#text(this.#content.addText(block.text ?? ''));
      case 'thinking':
        this.#open.set(index, { kind: 'thinking' });
        return block.thinking
          ? this.#writer.delta({ reasoning_content: block.thinking }, null)
          : this.#writer.role(null);
      case 'redacted_thinking':
        return this.#reasoningDetails();
      case 'tool_use':
        return this.#startTool(index, block);
      default:
        return [];
    }
  }

  #startTool(index: number, block: ClaudeBlock): ChatCompletionChunk[] {
    if (isOutput(block, this.#plan)) {
      if (this.#content.startOutput()) this.#open.set(index, { kind: 'output', input: new StreamedInput(block.input) });
      return [];
    }
    this.#content.startCall();
    const { open, chunks } = this.#calls.start(block);
    this.#open.set(index, open);
    return chunks;
  }

  #continueBlock(index: number, delta: ClaudeEvent['delta']): ChatCompletionChunk[] {
    const open = this.#open.get(index);
    switch (delta?.type) {
      case 'text_delta':
        return this.#text(this.#content.addText(delta.text ?? ''));
      case 'citations_delta':
        if (open?.kind === 'text') this.#content.cite(delta.citation);
        return [];
      case 'thinking_delta':
        return delta.thinking ? this.#writer.delta({ reasoning_content: delta.thinking }, null) : [];
      case 'input_json_delta':
        if (!delta.partial_json) return [];
        if (open?.kind === 'call') return this.#calls.continue(open, delta.partial_json);
        return open?.kind === 'output' ? this.#text(this.#content.addOutput(open.input.push(delta.partial_json))) : [];
      default:
        return [];
    }
  }

  #stopBlock(index: number): ChatCompletionChunk[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    switch (open?.kind) {
      case 'text':
        return this.#annotations(this.#content.endText());
      case 'thinking':
        return this.#reasoningDetails();
      case 'output':
        return this.#text(this.#content.addOutput(open.input.end()));
      case 'call':
        return this.#calls.end(open);
      default:
        return [];
    }
  }

  #text(content: string): ChatCompletionChunk[] {
    return content === '' ? [] : this.#writer.delta({ content }, '');
  }

  #annotations(annotations: Annotation[]): ChatCompletionChunk[] {
    return annotations.length > 0 ? this.#writer.delta({ annotations }, null) : [];
  }

  #reasoningDetails(): ChatCompletionChunk[] {
    const details = this.#layout?.take() ?? [];
    return details.length > 0 ? this.#writer.delta({ reasoning_details: details }, null) : [];
  }
}
