import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { StartedCall } from '../answer/answer-writer.ts';
import { type CallHead, CLIENT_TOOLS } from './client-tools.ts';
import type { ItemPlace, ResponseOutput } from './response-output.ts';
import type { AskedTool } from './tool-names.ts';

/** Beginnings of the ids of calls, by the kind of their tool. */
const PREFIXES: Readonly<Record<AskedTool['kind'], string>> = {
  function: 'fc',
  custom: 'ctc',
  tool_search: 'tsc',
  local_shell: 'lsc',
  shell: 'shc',
  apply_patch: 'apc',
};

/** Writes one call, in the items and events of its tool's kind. */
export class CallWriter {
  readonly #output: ResponseOutput;
  readonly #tool: AskedTool;
  readonly #call: StartedCall;
  readonly #place: ItemPlace;
  /** The whole input. */
  #input: string | undefined;

  constructor(output: ResponseOutput, tool: AskedTool, call: StartedCall, place: ItemPlace) {
    this.#output = output;
    this.#tool = tool;
    this.#call = call;
    this.#place = place;
  }

  /** Begins a call in the output. */
  static open(
    output: ResponseOutput,
    tool: AskedTool,
    call: StartedCall,
  ): { writer: CallWriter; added: ResponseStreamEvent } {
    const { place, added } = output.add(PREFIXES[tool.kind], (id) =>
      toCallItem(tool, call, { id, status: 'in_progress' }, ''),
    );
    return { writer: new CallWriter(output, tool, call, place), added };
  }

  input(json: string): ResponseStreamEvent[] {
    if (this.#tool.kind !== 'function') return [];
    return [this.#output.event({ type: 'response.function_call_arguments.delta', ...this.#place, delta: json })];
  }

  /** The input is whole, as far as Claude wrote it. */
  end(input: string): void {
    this.#input = input;
  }

  /** Closes the call; only what comes after it tells whether it was cut short. */
  close(status: 'completed' | 'incomplete'): ResponseStreamEvent[] {
    const input = this.#input ?? '';
    const [output, place, tool] = [this.#output, this.#place, this.#tool];
    const events: ResponseStreamEvent[] = [];
    if (tool.kind === 'function') {
      const done = { type: 'response.function_call_arguments.done' as const, ...place, name: tool.name };
      events.push(output.event({ ...done, arguments: input }));
    } else if (tool.kind === 'custom') {
      events.push(
        output.event({ type: 'response.custom_tool_call_input.delta', ...place, delta: input }),
        output.event({ type: 'response.custom_tool_call_input.done', ...place, input }),
      );
    }
    events.push(output.done(place, toCallItem(tool, this.#call, { id: place.item_id, status }, input)));
    return events;
  }
}

/**
 * The item of a call, by the kind of its tool: `input` is the JSON, or the text for a free-form tool. JSON that was cut
 * short is given as it is to a function, and stands for no input at a tool of another kind.
 */
function toCallItem(
  tool: AskedTool,
  { id: callId }: StartedCall,
  { id, status }: Pick<CallHead, 'id' | 'status'>,
  input: string,
): OutputItem {
  const head: CallHead = { id, call_id: callId, status };
  const named = { name: tool.name, ...(tool.namespace && { namespace: tool.namespace }) };
  switch (tool.kind) {
    case 'function':
      return { type: 'function_call', ...head, ...named, arguments: input };
    case 'custom':
      return { type: 'custom_tool_call', ...head, ...named, input };
    default:
      return CLIENT_TOOLS[tool.kind].toItem(head, parsed(input));
  }
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
