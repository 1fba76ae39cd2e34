import type Anthropic from '@anthropic-ai/sdk';
import { TrestleError } from '../../shared/error.ts';

type Block = Anthropic.ContentBlockParam;

/** A call that still waits for its result: the caller's id for it, and ours. */
interface OpenCall {
  askedId: string;
  name: string;
  result: Anthropic.ToolResultBlockParam | undefined;
  claudeId: string;
}

/**
 * Puts messages together into Claude's turns: roles merge into alternating turns, all results of a turn's
 * tool calls come first in the next user turn, and late system messages stand where Claude takes them.
 */
export class Conversation {
  readonly turns: Anthropic.MessageParam[] = [];
  #user: Block[] = [];
  #lateSystem: Anthropic.TextBlockParam[] = [];
  #openCalls: OpenCall[] = [];
  #callsAt = '';

  /** Whether anything but system messages has come yet. */
  get started(): boolean {
    return this.turns.length > 0 || this.#user.length > 0 || this.#openCalls.length > 0;
  }

  addUser(blocks: Block[]): void {
    this.#user.push(...blocks);
  }

  addLateSystem(blocks: Anthropic.TextBlockParam[]): void {
    this.#lateSystem.push(...blocks);
  }

  /** Whether a system message waits for the user's turn to end. */
  get waitingSystem(): boolean {
    return this.#lateSystem.length > 0 && this.#user.length > 0;
  }

  addAssistant(blocks: Block[], calls: readonly Omit<OpenCall, 'result'>[], path: string): void {
    this.endUserTurn();
    if (blocks.length === 0) return;
    this.#append('assistant', blocks);
    this.#openCalls = calls.map((call) => ({ ...call, result: undefined }));
    if (calls.length > 0) this.#callsAt = path;
  }

  /** Adds a result to the open call it names. Throws a 400 in OpenAI's terms when no such call is open. */
  addToolResult(
    find: { id: string } | { name: string },
    content: Anthropic.ToolResultBlockParam['content'],
    path: string,
  ): void {
    const open = this.#openCalls.filter((call) => ('id' in find ? call.askedId === find.id : call.name === find.name));
    const call = open.find((candidate) => candidate.result === undefined) ?? open[0];
    if (call === undefined) {
      throw new TrestleError(
        'invalid_value',
        `messages with role '${'id' in find ? 'tool' : 'function'}' must be a response to a preceding message with ` +
          `'${'id' in find ? 'tool_calls' : 'function_call'}'${'id' in find ? `; no such call has the id '${find.id}'` : ''}.`,
        { param: path },
      );
    }
    const blocks = Array.isArray(content) ? content : [];
    if (call.result === undefined) {
      call.result = { type: 'tool_result', tool_use_id: call.claudeId };
      if (blocks.length > 0) call.result.content = blocks;
    } else if (blocks.length > 0) {
      const before = Array.isArray(call.result.content) ? call.result.content : [];
      call.result.content = [...before, ...blocks];
    }
  }

  /** Ends the last turn. `leftover` is system text for which no place was found. */
  finish(): { leftover: Anthropic.TextBlockParam[] } {
    this.endUserTurn();
    const leftover = this.#lateSystem;
    this.#lateSystem = [];
    return { leftover };
  }

  /** What follows is the assistant's. Throws a 400 when a call has no result. */
  endUserTurn(): void {
    const missing = this.#openCalls.filter((call) => call.result === undefined);
    if (missing.length > 0) {
      throw new TrestleError(
        'invalid_value',
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
          `The following tool_call_ids did not have response messages: ${missing.map((call) => call.askedId).join(', ')}`,
        { param: this.#callsAt },
      );
    }
    this.#takeBackSystem();
    const results = this.#openCalls.flatMap((call) => call.result ?? []);
    this.#openCalls = [];
    if (results.length + this.#user.length > 0) this.#append('user', [...results, ...this.#user]);
    this.#user = [];
    // Claude takes a system message only right after a user turn; one that comes elsewhere waits for the next.
    if (this.#lateSystem.length > 0 && this.turns.at(-1)?.role === 'user') {
      this.turns.push({ role: 'system', content: this.#lateSystem });
      this.#lateSystem = [];
    }
  }

  /** A system turn still at the end had an assistant message after it that said nothing: it is placed anew. */
  #takeBackSystem(): void {
    const last = this.turns.at(-1);
    if (last?.role !== 'system') return;
    this.turns.pop();
    this.#lateSystem.unshift(...(last.content as Anthropic.TextBlockParam[]));
  }

  #append(role: 'user' | 'assistant', blocks: Block[]): void {
    const last = this.turns.at(-1);
    if (last?.role === role && Array.isArray(last.content)) last.content.push(...blocks);
    else this.turns.push({ role, content: blocks });
  }
}
