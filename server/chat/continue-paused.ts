import type { ClaudeBlock, ClaudeRequest } from '../claude/messages-api.ts';

/** Each pause stands for ten rounds of Claude's own searches; nobody waits for more than this. */
const MAX_PAUSES = 5;

/** Claude answers with empty text blocks at times, or is cut short while it thinks, and takes neither back. */
export function saysSomething(block: ClaudeBlock): boolean {
  if (block.type === 'thinking') return Boolean(block.signature);
  return block.type !== 'text' || Boolean(block.text);
}

/** The request that lets a paused answer go on: the same, with what Claude said so far, if anything, at its end. */
export function continued(request: ClaudeRequest, content: readonly ClaudeBlock[]): ClaudeRequest {
  if (content.length === 0) return request;
  const { messages } = request.body;
  // Sound: these are blocks of Claude's own answer, which it takes back as they are.
  const turn = { role: 'assistant' as const, content: content as unknown as [] };
  return { version: request.version, body: { ...request.body, messages: [...messages, turn] } };
}

/** One choice that Claude may pause in: it is sent on with all that it has said, until it ends by itself. */
export class PausedAnswer {
  readonly #mayPause: boolean;
  #said: readonly ClaudeBlock[] = [];
  #pauses = 0;

  constructor(mayPause: boolean) {
    this.#mayPause = mayPause;
  }

  /** What Claude has said before it paused, and gets back; nothing until then. */
  get said(): readonly ClaudeBlock[] {
    return this.#said;
  }

  /** Whether Claude is to be sent on, given all that it has said in this choice. */
  goesOn(stopReason: string | null, content: readonly ClaudeBlock[]): boolean {
    if (stopReason !== 'pause_turn' || !this.#mayPause || this.#pauses >= MAX_PAUSES) return false;
    this.#pauses += 1;
    this.#said = content.filter(saysSomething);
    return this.#said.length > 0;
  }
}
