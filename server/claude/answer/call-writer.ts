import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { ClaudeBlock } from '../messages-api.ts';
import { type AnswerPlan, toCustomInput } from './answer-plan.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { StreamedInput } from './streamed-input.ts';

/** A call that is under way. */
export interface OpenCall {
  kind: 'call';
  /** Its place among the calls of the choice. */
  index: number;
  input: StreamedInput;
  /** The tool is free-form: its text lies inside Claude's JSON, and is written whole at the end. */
  custom: boolean;
}

/** Writes the calls of one choice as chunks: as `tool_calls`, or for the older functions as `function_call`. */
export class CallWriter {
  readonly #writer: ChunkWriter;
  readonly #plan: AnswerPlan;
  /** The names of the calls so far. */
  readonly names: string[] = [];

  constructor(writer: ChunkWriter, plan: AnswerPlan) {
    this.#writer = writer;
    this.#plan = plan;
  }

  start({ id = '', name = '', input }: ClaudeBlock): { open: OpenCall; chunks: ChatCompletionChunk[] } {
    const index = this.names.length;
    this.names.push(name);
    const custom = this.#plan.customTools.has(name);
    const open: OpenCall = {
      kind: 'call',
      index,
      input: new StreamedInput(input, this.#plan.askedNames?.get(name)),
      custom,
    };
    if (this.#plan.legacyFunctions) {
      // The older functions have a place for one call alone.
      const delta = { function_call: { name, arguments: '' } };
      return { open, chunks: index === 0 ? this.#writer.delta(delta, null) : [] };
    }
    const what = custom
      ? { type: 'custom' as const, custom: { name, input: '' } }
      : { type: 'function' as const, function: { name, arguments: '' } };
    return { open, chunks: this.#writer.delta({ tool_calls: [{ index, id, ...what }] }, null) };
  }

  continue(open: OpenCall, json: string): ChatCompletionChunk[] {
    return this.#arguments(open, open.input.push(json));
  }

  end(open: OpenCall): ChatCompletionChunk[] {
    const rest = open.input.end();
    if (!open.custom) return this.#arguments(open, rest);
    const call = { index: open.index, custom: { input: toCustomInput(open.input.json) } };
    return [this.#writer.chunk({ tool_calls: [call] }, null)];
  }

  #arguments({ index, custom }: OpenCall, text: string): ChatCompletionChunk[] {
    if (custom || text === '') return [];
    if (!this.#plan.legacyFunctions)
      return [this.#writer.chunk({ tool_calls: [{ index, function: { arguments: text } }] }, null)];
    return index === 0 ? [this.#writer.chunk({ function_call: { arguments: text } }, null)] : [];
  }
}
