import type Anthropic from '@anthropic-ai/sdk';

/** A call as the caller knows it, and our id for it. */
export interface AskedCall {
  askedId: string;
  name: string;
  claudeId: string;
}

/** A call that still waits for its result, or has it. */
export interface OpenCall extends AskedCall {
  result: Anthropic.ToolResultBlockParam | undefined;
}

/** Calls of one id or name, in their order. */
interface Queue {
  calls: OpenCall[];
  /** The first that may still wait. */
  next: number;
}

/** The calls of an assistant's turn, found by the caller's id or by name in constant time. */
export class OpenCalls {
  readonly all: readonly OpenCall[];
  #byId: Map<string, Queue> | undefined;
  #byName: Map<string, Queue> | undefined;

  constructor(calls: readonly AskedCall[]) {
    this.all = calls.map((call) => ({ ...call, result: undefined }));
  }

  /** The first such call that has no result; the first of all where each has one. */
  find(wanted: { id: string } | { name: string }): OpenCall | undefined {
    const queue =
      'id' in wanted
        ? (this.#byId ??= this.#index((call) => call.askedId)).get(wanted.id)
        : (this.#byName ??= this.#index((call) => call.name)).get(wanted.name);
    if (queue === undefined) return undefined;
    while (queue.next < queue.calls.length && queue.calls[queue.next]!.result !== undefined) queue.next += 1;
    return queue.calls[queue.next] ?? queue.calls[0];
  }

  #index(keyOf: (call: OpenCall) => string): Map<string, Queue> {
    const index = new Map<string, Queue>();
    for (const call of this.all) {
      const queue = index.get(keyOf(call));
      if (queue) queue.calls.push(call);
      else index.set(keyOf(call), { calls: [call], next: 0 });
    }
    return index;
  }
}
