import type { ClaudeBlock } from '../messages-api.ts';
import { type AnswerPlan, toCustomInput } from './answer-plan.ts';
import type { AnswerWriter, StartedCall } from './answer-writer.ts';
import { StreamedInput } from './streamed-input.ts';

/** A call that is under way. */
export interface OpenCall extends StartedCall {
  kind: 'call';
  input: StreamedInput;
}

/** The input of a free-form tool that has a grammar. */
export interface FormedInput {
  name: string;
  input: string;
}

/** Reads the calls of one answer while their inputs come in pieces, and has them written. */
export class CallReader<Item> {
  readonly #writer: AnswerWriter<Item>;
  readonly #plan: AnswerPlan;
  /** The names of the calls so far. */
  readonly names: string[] = [];
  /** The inputs that are to match a grammar. */
  readonly formed: FormedInput[] = [];

  constructor(writer: AnswerWriter<Item>, plan: AnswerPlan) {
    this.#writer = writer;
    this.#plan = plan;
  }

  start({ id = '', name = '', input }: ClaudeBlock): { open: OpenCall; items: Item[] } {
    const index = this.names.length;
    this.names.push(name);
    const open: OpenCall = {
      kind: 'call',
      index,
      id,
      name,
      custom: this.#plan.customTools.has(name),
      input: new StreamedInput(input, this.#plan.askedNames?.get(name)),
    };
    return { open, items: this.#writer.startCall(open) };
  }

  continue(open: OpenCall, json: string): Item[] {
    return this.#pass(open, open.input.push(json));
  }

  end(open: OpenCall): Item[] {
    const items = this.#pass(open, open.input.end());
    const input = open.custom ? toCustomInput(open.input.json) : open.input.passed;
    if (this.#plan.grammars?.has(open.name)) this.formed.push({ name: open.name, input });
    for (const item of this.#writer.endCall(open, input)) items.push(item);
    return items;
  }

  #pass(open: OpenCall, json: string): Item[] {
    return open.custom || json === '' ? [] : this.#writer.callInput(open, json);
  }
}
