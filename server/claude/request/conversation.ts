import type Anthropic from '@anthropic-ai/sdk';
import { TrestleError } from '../../../shared/error.ts';
import { append } from '../append.ts';
import { type AskedCall, OpenCalls } from './open-calls.ts';

type Block = Anthropic.ContentBlockParam;
type ResultBlock = Exclude<Anthropic.ToolResultBlockParam['content'], string | undefined>[number];

/** Stands where Claude needs a user turn and the caller sent none. */
export const EMPTY_TURN = '(The user sent no message.)';

/** Calls without a result that an error names. */
const MAX_NAMED = 10;

const NO_CALLS = new OpenCalls([]);

interface LateSystem {
  blocks: Anthropic.TextBlockParam[];
  path: string;
}

/**
 * Puts messages together into Claude's turns: roles merge into alternating turns, all results of a turn's
 * tool calls come first in the next user turn, and late system messages stand where Claude takes them.
 */
export class Conversation {
  readonly turns: Anthropic.MessageParam[] = [];
  /** Paths of the system messages that went behind what came after them. */
  readonly moved = new Set<string>();
  /** Paths of the assistant messages and late system messages before which an empty user turn was put. */
  readonly filled: string[] = [];
  #user: Block[] = [];
  #late: LateSystem[] = [];
  /** How many of them the user's words have gone past. */
  #passed = 0;
  /** What the system turn at the end was made of. */
  #placed: LateSystem[] = [];
  #calls = NO_CALLS;
  #callsAt = '';

  /** Whether anything but system messages has come yet. */
  get started(): boolean {
    return this.turns.length > 0 || this.#user.length > 0 || this.#calls.all.length > 0;
  }

  addUser(blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    this.#passLate();
    append(this.#user, blocks);
  }

  addLateSystem(blocks: Anthropic.TextBlockParam[], path: string): void {
    if (blocks.length > 0) this.#late.push({ blocks, path });
  }

  /** Ends the user's turn, so that `turns` is all that stands before the assistant's message. */
  beforeAssistant(): void {
    this.#endUserTurn();
    const last = this.turns.at(-1);
    if (last === undefined || (last.role === 'assistant' && this.#late.length > 0)) {
      this.turns.push({ role: 'user', content: [{ type: 'text', text: EMPTY_TURN }] });
      this.filled.push(last === undefined ? 'messages' : this.#late[0]!.path);
    }
    this.#placeLate();
  }

  /** Behind {@link beforeAssistant}. */
  addAssistant(blocks: Block[], calls: readonly AskedCall[], path: string): void {
    if (blocks.length === 0) return;
    this.#append('assistant', blocks);
    this.#calls = calls.length > 0 ? new OpenCalls(calls) : NO_CALLS;
    this.#callsAt = path;
  }

  /** Adds a result to the open call it names. Throws a 400 in OpenAI's terms when no such call is open. */
  addToolResult(
    find: { id: string } | { name: string },
    blocks: ResultBlock[],
    path: string,
  ): Anthropic.ToolResultBlockParam {
    const call = this.#calls.find(find);
    if (call === undefined) {
      throw new TrestleError(
        'invalid_value',
        `messages with role '${'id' in find ? 'tool' : 'function'}' must be a response to a preceding message with ` +
          `'${'id' in find ? 'tool_calls' : 'function_call'}'${'id' in find ? `; no such call has the id '${find.id}'` : ''}.`,
        { param: path },
      );
    }
    this.#passLate();
    call.result ??= { type: 'tool_result', tool_use_id: call.claudeId };
    if (Array.isArray(call.result.content)) append(call.result.content, blocks);
    else if (blocks.length > 0) call.result.content = blocks;
    return call.result;
  }

  /** Ends the last turn. Returns the system text that comes after an assistant's turn, where Claude takes none. */
  finish(): Anthropic.TextBlockParam[] {
    this.#endUserTurn();
    this.#placeLate();
    return this.#late.flatMap(({ blocks }) => blocks);
  }

  /** Throws a 400 when a call has no result. */
  #endUserTurn(): void {
    const { all } = this.#calls;
    if (all.some((call) => call.result === undefined)) {
      const missing = all.flatMap((call) => (call.result === undefined ? [call.askedId] : []));
      const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : '';
      throw new TrestleError(
        'invalid_value',
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
          `The following tool_call_ids did not have response messages: ${missing.slice(0, MAX_NAMED).join(', ')}${more}`,
        { param: this.#callsAt },
      );
    }
    const blocks: Block[] = all.length > 0 ? all.flatMap((call) => call.result ?? []) : this.#user;
    if (blocks !== this.#user) append(blocks, this.#user);
    this.#calls = NO_CALLS;
    this.#user = [];
    if (blocks.length === 0) return;
    this.#takeBackSystem();
    this.#append('user', blocks);
  }

  /** What is the user's stands before a system message that has no place yet. */
  #passLate(): void {
    for (; this.#passed < this.#late.length; this.#passed += 1) this.moved.add(this.#late[this.#passed]!.path);
  }

  /** Claude takes a system message only right after a user turn. */
  #placeLate(): void {
    if (this.#late.length === 0 || this.turns.at(-1)?.role !== 'user') return;
    this.turns.push({ role: 'system', content: this.#late.flatMap(({ blocks }) => blocks) });
    this.#placed = this.#late;
    this.#late = [];
    this.#passed = 0;
  }

  /** A system turn still at the end had an assistant message after it that said nothing: it is placed anew. */
  #takeBackSystem(): void {
    if (this.turns.at(-1)?.role !== 'system') return;
    this.turns.pop();
    this.#late = [...this.#placed, ...this.#late];
    this.#passed = 0;
    this.#passLate();
  }

  #append(role: 'user' | 'assistant', blocks: Block[]): void {
    const last = this.turns.at(-1);
    if (last?.role === role && Array.isArray(last.content)) append(last.content, blocks);
    else this.turns.push({ role, content: blocks });
  }
}
