import type { Usage } from '../../../shared/chat-completion.ts';
import type { ClaudeBlock, ClaudeEvent, ClaudeUsage } from '../messages-api.ts';
import { StreamedLayout } from '../thinking/streamed-layout.ts';
import { type AnswerPlan, PLAIN_ANSWER } from './answer-plan.ts';
import type { AnswerWriter } from './answer-writer.ts';
import { CallReader, type FormedInput, type OpenCall } from './call-reader.ts';
import { toRefusal } from './stop-reasons.ts';
import { StreamedContent } from './streamed-content.ts';
import { StreamedInput } from './streamed-input.ts';
import { isOutput } from './to-completion.ts';
import { addUsage, mergeUsage, toUsage } from './usage.ts';

/** A block that is under way. */
type OpenBlock =
  | { kind: 'text' | 'thinking' }
  | OpenCall
  | { kind: 'output'; input: StreamedInput }
  | { kind: 'search'; block: ClaudeBlock; json: string };

/**
 * Reads Claude's stream events, one at a time, and has a door's writer make its items of them. What is the same at each
 * door stands here: which of Claude's words are the answer, and what is given back in the caller's terms.
 */
export class AnswerTranslator<Item> {
  /** Whether `message_stop` has come; a stream that ends without it is broken. */
  complete = false;
  stopReason: string | null = null;
  #usage: ClaudeUsage = {};
  /** Of the answers before, each of which ended in a pause. */
  readonly #earlier: ClaudeUsage[] = [];
  readonly #writer: AnswerWriter<Item>;
  #plan: AnswerPlan = PLAIN_ANSWER;
  readonly #open = new Map<number, OpenBlock>();
  #content: StreamedContent;
  #calls: CallReader<Item>;
  /** For callers that are given signed thinking. */
  #layout: StreamedLayout | undefined;
  readonly #keepContent: boolean;
  #stopDetails: { explanation?: string | null } | null | undefined;

  /** `keepContent` keeps the content for {@link content}. */
  constructor(writer: AnswerWriter<Item>, keepContent: boolean) {
    this.#writer = writer;
    this.#keepContent = keepContent;
    this.#content = new StreamedContent(PLAIN_ANSWER, keepContent);
    this.#calls = new CallReader(writer, PLAIN_ANSWER);
  }

  /** Before the first event: how the answer is to be turned back. */
  follow(plan: AnswerPlan): void {
    if (plan === this.#plan) return;
    this.#plan = plan;
    this.#content = new StreamedContent(plan, this.#keepContent);
    this.#calls = new CallReader(this.#writer, plan);
    this.#layout = plan.reasoningSeal && new StreamedLayout(plan.reasoningSeal);
  }

  /** That answers, as far as it is known. */
  get model(): string {
    return this.#writer.model;
  }

  push(event: ClaudeEvent): Item[] {
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
    this.#earlier.push(this.#usage);
    this.#usage = {};
    this.#open.clear();
    this.#layout?.take();
  }

  /** The rest of the answer, once Claude has ended. */
  end(): Item[] {
    const items = [...this.#open.keys()].flatMap((index) => this.#stopBlock(index));
    const { pieces, annotations } = this.#content.end();
    items.push(...pieces.flatMap((text) => this.#text(text)));
    if (annotations.length > 0) items.push(...this.#writer.annotations(annotations));
    const refusal = toRefusal(this.stopReason, this.#stopDetails);
    if (refusal !== null) items.push(...this.#writer.refusal(refusal));
    else if (!this.#content.isSent && this.called.length === 0) items.push(...this.#writer.empty());
    return items;
  }

  /** The finished answer to check; null when it is a call or a refusal. */
  get content(): string | null {
    return this.called.length === 0 && this.stopReason !== 'refusal' ? this.#content.whole : null;
  }

  /** The names of the calls. */
  get called(): readonly string[] {
    return this.#calls.names;
  }

  /** The inputs of free-form tools that are to match a grammar. */
  get formed(): readonly FormedInput[] {
    return this.#calls.formed;
  }

  /** Whether text was left out beside calls, where the content is to be JSON. */
  get leftOut(): boolean {
    return this.#content.leftOut;
  }

  /** The tokens of each of Claude's calls. */
  get usages(): readonly ClaudeUsage[] {
    return [...this.#earlier, this.#usage];
  }

  get usage(): ClaudeUsage {
    return this.#earlier.length === 0 ? this.#usage : this.usages.reduce(addUsage);
  }

  get usageSoFar(): Usage | undefined {
    return toUsage(this.usage);
  }

  #startBlock(index: number, block: ClaudeBlock | undefined): Item[] {
    switch (block?.type) {
      case 'text':
        this.#open.set(index, { kind: 'text' });
        this.#content.startText(block.citations);
        return this.#text(this.#content.addText(block.text ?? ''));
      case 'thinking':
        this.#open.set(index, { kind: 'thinking' });
        return block.thinking
          ? [...this.#writer.startThinking(), ...this.#writer.thinking(block.thinking)]
          : this.#writer.startThinking();
      case 'redacted_thinking':
        return this.#endThinking();
      case 'tool_use':
        return this.#startTool(index, block);
      case 'server_tool_use':
      case 'web_search_tool_result':
        this.#open.set(index, { kind: 'search', block, json: '' });
        return [];
      default:
        return [];
    }
  }

  #startTool(index: number, block: ClaudeBlock): Item[] {
    if (isOutput(block, this.#plan)) {
      if (this.#content.startOutput()) this.#open.set(index, { kind: 'output', input: new StreamedInput(block.input) });
      return [];
    }
    this.#content.startCall();
    const { open, items } = this.#calls.start(block);
    this.#open.set(index, open);
    return items;
  }

  #continueBlock(index: number, delta: ClaudeEvent['delta']): Item[] {
    const open = this.#open.get(index);
    switch (delta?.type) {
      case 'text_delta':
        return this.#text(this.#content.addText(delta.text ?? ''));
      case 'citations_delta':
        if (open?.kind === 'text') this.#content.cite(delta.citation);
        return [];
      case 'thinking_delta':
        return delta.thinking ? this.#writer.thinking(delta.thinking) : [];
      case 'input_json_delta':
        if (!delta.partial_json) return [];
        if (open?.kind === 'call') return this.#calls.continue(open, delta.partial_json);
        if (open?.kind === 'search') open.json += delta.partial_json;
        return open?.kind === 'output' ? this.#text(this.#content.addOutput(open.input.push(delta.partial_json))) : [];
      default:
        return [];
    }
  }

  #stopBlock(index: number): Item[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    switch (open?.kind) {
      case 'text':
        return this.#annotated();
      case 'thinking':
        return this.#endThinking();
      case 'output':
        return this.#text(this.#content.addOutput(open.input.end()));
      case 'call':
        return this.#calls.end(open);
      case 'search':
        return this.#writer.search(withInput(open.block, open.json));
      default:
        return [];
    }
  }

  #text(content: string): Item[] {
    return content === '' ? [] : this.#writer.text(content);
  }

  #annotated(): Item[] {
    const annotations = this.#content.endText();
    return annotations.length > 0 ? this.#writer.annotations(annotations) : [];
  }

  #endThinking(): Item[] {
    return this.#writer.endThinking(this.#layout?.take() ?? []);
  }
}

/** A block of Claude's own search with its whole input. */
function withInput(block: ClaudeBlock, json: string): ClaudeBlock {
  if (json === '') return block;
  try {
    return { ...block, input: JSON.parse(json) as unknown };
  } catch {
    return block;
  }
}
