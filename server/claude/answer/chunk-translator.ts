import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { Annotation, Usage } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';
import { type AnswerPlan, PLAIN_ANSWER, toCustomInput } from './answer-plan.ts';
import { type ChunkEnvelope, ChunkWriter } from './chunk-writer.ts';
import type { ClaudeBlock, ClaudeEvent, ClaudeUsage } from '../messages-api.ts';
import { toFinishReason, toRefusal } from './stop-reasons.ts';
import { JsonBesideCalls } from './json-beside-calls.ts';
import { FenceStripper } from './fenced-json.ts';
import { StreamedCitations } from './streamed-citations.ts';
import { StreamedInput } from './streamed-input.ts';
import { StreamedLayout } from '../thinking/streamed-layout.ts';
import { isOutput } from './to-completion.ts';
import { addUsage, mergeUsage, toServiceTier, toUsage } from './usage.ts';

/** A block that is under way. */
type OpenBlock =
  | { kind: 'text' | 'thinking' }
  | { kind: 'tool'; toolIndex: number; input: StreamedInput; custom: boolean }
  | { kind: 'output'; input: StreamedInput };

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
  #fence: FenceStripper | undefined;
  #toolCount = 0;
  /** The names of the calls. */
  readonly called: string[] = [];
  #citations = new StreamedCitations(PLAIN_ANSWER);
  /** For callers that are given signed thinking. */
  #layout: StreamedLayout | undefined;
  /** Text that is not sent yet because an answer through a tool may still replace it. */
  #heldText = '';
  #hasOutput = false;
  #beside: JsonBesideCalls | undefined;
  /** Whether text was left out beside calls, where the content is to be JSON. */
  leftOut = false;
  #hasContent = false;
  /** Kept only where the finished answer is checked. */
  #kept: string[] | undefined;
  #stopDetails: { explanation?: string | null } | null | undefined;

  constructor(options: ChunkOptions) {
    this.#includeUsage = options.includeUsage;
    this.#writer = new ChunkWriter(options);
    if (options.keepContent) this.#kept = [];
    if (options.plan) this.follow(options.plan);
  }

  /** Before the first event: how the answer is to be turned back. */
  follow(plan: AnswerPlan): void {
    if (plan === this.#plan) return;
    this.#plan = plan;
    this.#fence = plan.jsonText ? new FenceStripper() : undefined;
    this.#beside = plan.besideCalls && plan.outputTool === undefined ? new JsonBesideCalls() : undefined;
    this.#citations = new StreamedCitations(plan);
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
    chunks.push(...this.#releaseText());
    if (this.#fence) chunks.push(...this.#json(this.#fence.end()));
    const rest = this.#beside?.end();
    if (rest) chunks.push(...this.#content(rest.text));
    if (rest?.leftOut) this.leftOut = true;
    // Text that an answer or a call took the place of is not there to be annotated.
    const isText = !this.#hasOutput && (this.#plan.outputTool === undefined || this.#toolCount === 0);
    if (isText) chunks.push(...this.#annotations(this.#citations.release(this.#fence?.cut ?? 0)));
    const refusal = toRefusal(this.stopReason, this.#stopDetails);
    if (refusal !== null) chunks.push(...this.#writer.delta({ refusal }, null));
    else if (!this.#hasContent && this.#toolCount === 0) chunks.push(...this.#writer.delta({ content: '' }, ''));
    const reason = toFinishReason(this.stopReason, this.#toolCount > 0, this.#plan.legacyFunctions);
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
    return this.#kept && this.#toolCount === 0 && this.stopReason !== 'refusal' ? this.#kept.join('') : null;
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
        this.#citations.startBlock(block.citations);
        return this.#text(block.text);
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
    const { id = '', name = '', input: startInput } = block;
    if (isOutput(block, this.#plan)) {
      // Only the first one is the answer.
      if (this.#hasOutput) return [];
      this.#hasOutput = true;
      this.#heldText = '';
      this.#open.set(index, { kind: 'output', input: new StreamedInput(startInput) });
      return [];
    }
    const toolIndex = this.#toolCount++;
    this.called.push(name);
    this.#beside?.call();
    const custom = this.#plan.customTools.has(name);
    const input = new StreamedInput(startInput, this.#plan.askedNames?.get(name));
    this.#open.set(index, { kind: 'tool', toolIndex, input, custom });
    if (this.#plan.legacyFunctions) {
      return toolIndex === 0 ? this.#writer.delta({ function_call: { name, arguments: '' } }, null) : [];
    }
    const what = custom
      ? { type: 'custom' as const, custom: { name, input: '' } }
      : { type: 'function' as const, function: { name, arguments: '' } };
    return this.#writer.delta({ tool_calls: [{ index: toolIndex, id, ...what }] }, null);
  }

  #continueBlock(index: number, delta: ClaudeEvent['delta']): ChatCompletionChunk[] {
    const open = this.#open.get(index);
    switch (delta?.type) {
      case 'text_delta':
        return this.#text(delta.text);
      case 'citations_delta':
        if (open?.kind === 'text') this.#citations.cite(delta.citation);
        return [];
      case 'thinking_delta':
        return delta.thinking ? this.#writer.delta({ reasoning_content: delta.thinking }, null) : [];
      case 'input_json_delta': {
        if ((open?.kind !== 'tool' && open?.kind !== 'output') || !delta.partial_json) return [];
        const text = open.input.push(delta.partial_json);
        return open.kind === 'output' ? this.#content(text) : this.#arguments(open, text);
      }
      default:
        return [];
    }
  }

  #stopBlock(index: number): ChatCompletionChunk[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    switch (open?.kind) {
      case 'text':
        return this.#annotations(this.#citations.endBlock());
      case 'thinking':
        return this.#reasoningDetails();
      case 'output':
        return this.#content(open.input.end());
      case 'tool': {
        const rest = open.input.end();
        if (!open.custom) return this.#arguments(open, rest);
        const call = { index: open.toolIndex, custom: { input: toCustomInput(open.input.json) } };
        return [this.#writer.chunk({ tool_calls: [call] }, null)];
      }
      default:
        return [];
    }
  }

  #text(text: string | undefined): ChatCompletionChunk[] {
    if (!text) return [];
    this.#citations.addText(text);
    if (this.#plan.outputTool !== undefined) {
      if (!this.#hasOutput) this.#heldText += text;
      return [];
    }
    return this.#json(this.#fence ? this.#fence.push(text) : text);
  }

  #json(text: string): ChatCompletionChunk[] {
    return this.#content(this.#beside ? this.#beside.push(text) : text);
  }

  #releaseText(): ChatCompletionChunk[] {
    // Text before a call of the caller's tool is not the answer in the format asked for.
    const text = this.#toolCount > 0 ? '' : this.#heldText;
    this.leftOut = text === '' && this.#heldText.trim() !== '';
    this.#heldText = '';
    return text === '' ? [] : this.#content(this.#fence ? this.#fence.push(text) : text);
  }

  #annotations(annotations: Annotation[]): ChatCompletionChunk[] {
    return annotations.length > 0 ? this.#writer.delta({ annotations }, null) : [];
  }

  #content(text: string): ChatCompletionChunk[] {
    if (text === '') return [];
    this.#hasContent = true;
    this.#kept?.push(text);
    this.#citations.sent(text);
    return this.#writer.delta({ content: text }, '');
  }

  #arguments(open: Extract<OpenBlock, { kind: 'tool' }>, text: string): ChatCompletionChunk[] {
    // A free-form tool's text lies inside the JSON, and is given whole at the end.
    if (open.custom || text === '') return [];
    if (!this.#plan.legacyFunctions)
      return [this.#writer.chunk({ tool_calls: [{ index: open.toolIndex, function: { arguments: text } }] }, null)];
    return open.toolIndex === 0 ? [this.#writer.chunk({ function_call: { arguments: text } }, null)] : [];
  }

  #reasoningDetails(): ChatCompletionChunk[] {
    const details = this.#layout?.take() ?? [];
    return details.length > 0 ? this.#writer.delta({ reasoning_details: details }, null) : [];
  }
}
