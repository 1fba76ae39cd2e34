import { randomBytes } from 'node:crypto';
import type { ClaudeBlock, ClaudeEvent } from '../messages-api.ts';
import { keepText, RawJson } from '../raw-json.ts';
import { isSchemaObject } from '../schema/json-schema.ts';

/** The calls that an answer is made of where Claude is held to them by a grammar: one of a tool, or a choice of several. */
export type GrammarCalls = { by: 'arguments'; name: string } | { by: 'list' };

/** Streamed calls of one text get numbers of their own, far from those of Claude's blocks. */
const FIRST_INDEX = 1_000_000;

/** The blocks of a whole answer with the text that is the calls given back as calls. */
export function withCalls(content: readonly ClaudeBlock[], calls: GrammarCalls | undefined): ClaudeBlock[] {
  if (calls === undefined) return [...content];
  const at = content.findIndex((block) => block.type === 'text' && Boolean(block.text?.trim()));
  const made = at === -1 ? undefined : callsIn(content[at]!.text ?? '', calls);
  return made ? [...content.slice(0, at), ...made, ...content.slice(at + 1)] : [...content];
}

/** The same as {@link withCalls}, for the events of a streamed answer. */
export class StreamedCalls {
  readonly #calls: GrammarCalls;
  /** The text block that may be the calls, while it is not known, and what it said. */
  #index: number | undefined;
  #held = '';
  /** The call whose input the text is. */
  #isCall = false;
  #isDone = false;

  constructor(calls: GrammarCalls) {
    this.#calls = calls;
  }

  push(event: ClaudeEvent): ClaudeEvent[] {
    const { type, index = 0, content_block: block, delta } = event;
    if (!this.#isDone && type === 'content_block_start' && block?.type === 'text') {
      this.#index = index;
      return this.#add(block.text ?? '');
    }
    if (this.#index !== index || this.#isDone) return [event];
    if (type === 'content_block_delta' && delta?.type === 'text_delta') return this.#add(delta.text ?? '');
    if (type === 'content_block_stop') return this.#end(event);
    return this.#isCall || !type.startsWith('content_block') ? [event] : [...this.#asText(), event];
  }

  #add(text: string): ClaudeEvent[] {
    const index = this.#index!;
    if (this.#isCall) return text === '' ? [] : [toDelta(index, text)];
    this.#held += text;
    const start = this.#held.trimStart();
    if (start === '') return [];
    if (!start.startsWith('{')) return this.#asText();
    if (this.#calls.by === 'list') return [];
    this.#isCall = true;
    const block = { type: 'tool_use', id: newCallId(), name: this.#calls.name, input: {} };
    return [{ type: 'content_block_start', index, content_block: block }, toDelta(index, this.#held)];
  }

  #end(event: ClaudeEvent): ClaudeEvent[] {
    const index = this.#index!;
    if (this.#isCall) {
      this.#isDone = true;
      return [event];
    }
    const made = this.#held.trim() === '' ? undefined : callsIn(this.#held, this.#calls);
    if (made === undefined) return [...this.#asText(), event];
    this.#isDone = true;
    return made.flatMap((block, number) => {
      const own = FIRST_INDEX * (number + 1) + index;
      const { input } = block;
      return [
        { type: 'content_block_start', index: own, content_block: { ...block, input: {} } },
        toDelta(own, input instanceof RawJson ? input.text : JSON.stringify(input)),
        { type: 'content_block_stop', index: own },
      ];
    });
  }

  /** It is not the calls. */
  #asText(): ClaudeEvent[] {
    const index = this.#index!;
    const text = this.#held;
    this.#index = undefined;
    this.#held = '';
    // A blank text may have the calls behind it.
    if (text.trim() !== '') this.#isDone = true;
    return [{ type: 'content_block_start', index, content_block: { type: 'text', text } }];
  }
}

function toDelta(index: number, json: string): ClaudeEvent {
  return { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json } };
}

/** Undefined for a text that is none. The input of one tool may be cut short. */
function callsIn(text: string, calls: GrammarCalls): ClaudeBlock[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  const value = parsed(text);
  if (calls.by === 'arguments') {
    const input = value === undefined ? new RawJson(text, {}) : keepText(text, value);
    return [{ type: 'tool_use', id: newCallId(), name: calls.name, input }];
  }
  if (!isSchemaObject(value)) return undefined;
  const list: unknown[] = Array.isArray(value['calls']) ? value['calls'] : [value['call']];
  if (!list.every((call) => isSchemaObject(call) && typeof call['name'] === 'string')) return undefined;
  return (list as { name: string; input?: unknown }[]).map(({ name, input }) => ({
    type: 'tool_use',
    id: newCallId(),
    name,
    input: isSchemaObject(input) ? input : {},
  }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes an id that looks like Claude's own. */
function newCallId(): string {
  return `toolu_${randomBytes(18).toString('base64url')}`;
}
