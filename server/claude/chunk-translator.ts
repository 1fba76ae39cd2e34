import type { ChatCompletionChunk, Delta } from '../../shared/chat-chunk.ts';
import type { FinishReason, Usage } from '../../shared/chat-completion.ts';
import type { Notice } from '../../shared/notice.ts';
import type { ClaudeBlock, ClaudeEvent } from './claude-event.ts';
import { toFinishReason, toRefusal } from './finish-reason.ts';
import type { Envelope } from './to-completion.ts';
import { type ClaudeUsage, mergeUsage, toServiceTier, toUsage } from './usage.ts';

interface ToolBlock {
  toolIndex: number;
  startInput: unknown;
  sawArguments: boolean;
}

export interface ChunkOptions extends Envelope {
  /** The model asked for, until Claude names the one that answers. */
  model: string;
  /** Adds the usage chunk, and `usage: null` to all before it. */
  includeUsage: boolean;
}

/**
 * Claude's stream events as OpenAI's chunks, one event at a time. Folded, the chunks give the
 * completion of the same answer. The finishing chunks come from {@link finish}, after `message_stop`.
 */
export class ChunkTranslator {
  /** Whether `message_stop` has come; a stream that ends without it is broken. */
  complete = false;
  usage: ClaudeUsage = {};
  model: string;
  readonly #options: ChunkOptions;
  readonly #tools = new Map<number, ToolBlock>();
  #toolCount = 0;
  #roleSent = false;
  #hasText = false;
  #stopReason: string | null = null;
  #stopDetails: { explanation?: string | null } | null | undefined;

  constructor(options: ChunkOptions) {
    this.#options = options;
    this.model = options.model;
  }

  push(event: ClaudeEvent): ChatCompletionChunk[] {
    switch (event.type) {
      case 'message_start':
        this.model = event.message?.model ?? this.model;
        this.usage = mergeUsage(this.usage, event.message?.usage);
        return [];
      case 'content_block_start':
        return this.#startBlock(event.index ?? 0, event.content_block);
      case 'content_block_delta':
        return this.#continueBlock(event.index ?? 0, event.delta);
      case 'content_block_stop':
        return this.#stopBlock(event.index ?? 0);
      case 'message_delta':
        this.usage = mergeUsage(this.usage, event.usage);
        this.#stopReason = event.delta?.stop_reason ?? this.#stopReason;
        this.#stopDetails = event.delta?.stop_details ?? this.#stopDetails;
        return [];
      case 'message_stop':
        this.complete = true;
        return [];
      default:
        return [];
    }
  }

  /** The last chunks: what closes the choice, then the usage when it was asked for. The notices ride on the last one. */
  finish(notices: readonly Notice[]): ChatCompletionChunk[] {
    const chunks = [...this.#tools.keys()].flatMap((index) => this.#stopBlock(index));
    const refusal = toRefusal(this.#stopReason, this.#stopDetails);
    if (refusal !== null) chunks.push(...this.#delta({ refusal }, null));
    else if (!this.#hasText && this.#toolCount === 0) chunks.push(...this.#delta({ content: '' }, ''));
    chunks.push(this.#chunk({}, toFinishReason(this.#stopReason, this.#toolCount > 0)));
    const tier = toServiceTier(this.usage);
    if (tier !== undefined) chunks.at(-1)!.service_tier = tier;
    if (this.#options.includeUsage) chunks.push({ ...this.#chunk({}, null), choices: [], usage: this.usageSoFar });
    if (notices.length > 0) chunks.at(-1)!.notices = [...notices];
    return chunks;
  }

  get usageSoFar(): Usage {
    return toUsage(this.usage);
  }

  #startBlock(index: number, block: ClaudeBlock | undefined): ChatCompletionChunk[] {
    switch (block?.type) {
      case 'text':
        return this.#text(block.text);
      case 'thinking':
        return block.thinking ? this.#delta({ reasoning_content: block.thinking }, null) : this.#role(null);
      case 'tool_use': {
        const toolIndex = this.#toolCount++;
        this.#tools.set(index, { toolIndex, startInput: block.input, sawArguments: false });
        const { id = '', name = '' } = block;
        return this.#delta(
          { tool_calls: [{ index: toolIndex, id, type: 'function', function: { name, arguments: '' } }] },
          null,
        );
      }
      default:
        return [];
    }
  }

  #continueBlock(index: number, delta: ClaudeEvent['delta']): ChatCompletionChunk[] {
    switch (delta?.type) {
      case 'text_delta':
        return this.#text(delta.text);
      case 'thinking_delta':
        return delta.thinking ? this.#delta({ reasoning_content: delta.thinking }, null) : [];
      case 'input_json_delta': {
        const tool = this.#tools.get(index);
        if (tool === undefined || !delta.partial_json) return [];
        tool.sawArguments = true;
        return this.#arguments(tool, delta.partial_json);
      }
      default:
        return [];
    }
  }

  /** A call without deltas had its input in the block's start, `{}` when the tool takes none. */
  #stopBlock(index: number): ChatCompletionChunk[] {
    const tool = this.#tools.get(index);
    this.#tools.delete(index);
    if (tool === undefined || tool.sawArguments) return [];
    return this.#arguments(tool, JSON.stringify(tool.startInput ?? {}));
  }

  #text(text: string | undefined): ChatCompletionChunk[] {
    if (!text) return [];
    this.#hasText = true;
    return this.#delta({ content: text }, '');
  }

  #arguments(tool: ToolBlock, text: string): ChatCompletionChunk[] {
    return [this.#chunk({ tool_calls: [{ index: tool.toolIndex, function: { arguments: text } }] }, null)];
  }

  #delta(delta: Delta, firstContent: '' | null): ChatCompletionChunk[] {
    const chunk = this.#chunk(delta, null);
    return this.#roleSent ? [chunk] : [...this.#role(firstContent), chunk];
  }

  #role(content: '' | null): ChatCompletionChunk[] {
    if (this.#roleSent) return [];
    this.#roleSent = true;
    return [this.#chunk({ role: 'assistant', content, refusal: null }, null)];
  }

  #chunk(delta: Delta, finishReason: FinishReason | null): ChatCompletionChunk {
    const { id, created, includeUsage } = this.#options;
    const chunk: ChatCompletionChunk = {
      id,
      object: 'chat.completion.chunk',
      created,
      model: this.model,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    };
    if (includeUsage) chunk.usage = null;
    return chunk;
  }
}
