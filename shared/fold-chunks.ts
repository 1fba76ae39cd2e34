import type { ChatCompletionChunk, ChunkChoice, Delta, ToolCallDelta } from './chat-chunk.ts';
import type { ChatCompletion, Choice, CompletionMessage, FinishReason } from './chat-completion.ts';
import type { ToolCall } from './tool.ts';

/**
 * The completion that the same answer would have been had it not been streamed.
 * Throws when the chunks are none, or end before every choice has its `finish_reason`.
 */
export function foldChunks(chunks: Iterable<ChatCompletionChunk>): ChatCompletion {
  const folder = new ChunkFolder();
  for (const chunk of chunks) folder.push(chunk);
  return folder.completion;
}

/** Folds a streamed answer chunk by chunk. The chunks are read only, and none is kept. */
export class ChunkFolder {
  readonly #choices = new Map<number, FoldedChoice>();
  #first: Pick<ChatCompletionChunk, 'id' | 'created' | 'model'> | undefined;
  #last: Pick<ChatCompletion, 'usage' | 'service_tier' | 'notices'> = {};

  push(chunk: ChatCompletionChunk): void {
    this.#first ??= { id: chunk.id, created: chunk.created, model: chunk.model };
    if (chunk.usage) this.#last.usage = chunk.usage;
    if (chunk.service_tier !== undefined) this.#last.service_tier = chunk.service_tier;
    if (chunk.notices !== undefined) this.#last.notices = [...chunk.notices];
    for (const choice of chunk.choices) {
      let folded = this.#choices.get(choice.index);
      if (folded === undefined) this.#choices.set(choice.index, (folded = new FoldedChoice()));
      folded.push(choice);
    }
  }

  /** The whole answer. Throws while a choice is unfinished. */
  get completion(): ChatCompletion {
    if (this.#first === undefined) throw new Error('the stream has no chunks');
    const { id, created, model } = this.#first;
    const choices = byIndex(this.#choices).map(([index, choice]) => choice.toChoice(index));
    return { id, object: 'chat.completion', created, model, choices, ...this.#last };
  }
}

class FoldedChoice {
  #message: CompletionMessage = { role: 'assistant', content: null, refusal: null };
  readonly #toolCalls = new Map<number, ToolCall>();
  #finishReason: FinishReason | null = null;

  push({ delta, finish_reason: finishReason }: ChunkChoice): void {
    this.#finishReason = finishReason ?? this.#finishReason;
    this.#addText(delta);
    for (const call of delta.tool_calls ?? []) {
      this.#toolCalls.set(call.index, extendCall(this.#toolCalls.get(call.index), call));
    }
    if (delta.function_call) {
      const before = this.#message.function_call;
      this.#message.function_call = {
        name: delta.function_call.name || (before?.name ?? ''),
        arguments: (before?.arguments ?? '') + (delta.function_call.arguments ?? ''),
      };
    }
    if (delta.annotations) this.#message.annotations = [...(this.#message.annotations ?? []), ...delta.annotations];
    if (delta.reasoning_details) {
      this.#message.reasoning_details = [...(this.#message.reasoning_details ?? []), ...delta.reasoning_details];
    }
  }

  toChoice(index: number): Choice {
    if (this.#finishReason === null) throw new Error(`the stream ended before choice ${index} was finished`);
    const message = { ...this.#message };
    // Copies: the folder may go on after its completion was read.
    if (this.#toolCalls.size > 0)
      message.tool_calls = byIndex(this.#toolCalls).map(([, call]) => structuredClone(call));
    return { index, message, logprobs: null, finish_reason: this.#finishReason };
  }

  #addText({ content, refusal, reasoning_content: reasoning }: Delta): void {
    const message = this.#message;
    if (typeof content === 'string') message.content = (message.content ?? '') + content;
    if (typeof refusal === 'string') message.refusal = (message.refusal ?? '') + refusal;
    if (typeof reasoning === 'string') message.reasoning_content = (message.reasoning_content ?? '') + reasoning;
  }
}

function extendCall(before: ToolCall | undefined, delta: ToolCallDelta): ToolCall {
  const call = before ?? newCall(delta);
  if (delta.id) call.id = delta.id;
  if (call.type === 'function') {
    if (delta.function?.name) call.function.name = delta.function.name;
    call.function.arguments += delta.function?.arguments ?? '';
  } else {
    if (delta.custom?.name) call.custom.name = delta.custom.name;
    call.custom.input += delta.custom?.input ?? '';
  }
  return call;
}

function newCall({ type, custom }: ToolCallDelta): ToolCall {
  return type === 'custom' || (type === undefined && custom !== undefined)
    ? { id: '', type: 'custom', custom: { name: '', input: '' } }
    : { id: '', type: 'function', function: { name: '', arguments: '' } };
}

function byIndex<T>(items: ReadonlyMap<number, T>): [number, T][] {
  return [...items].sort(([left], [right]) => left - right);
}
