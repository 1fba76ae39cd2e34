import type { UIMessage } from 'ai';

/** What it takes to come back to the answer of a chat. */
export interface RunningStream {
  /** Of the completion. */
  id: string;
  /** The message that it fills. */
  messageId: string;
  /** What the message held before: the steps of a tool loop. */
  parts: UIMessage['parts'];
  metadata?: unknown;
}

/** As much of `sessionStorage` as is needed. */
export interface StreamStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The answers that are under way, by chat; in a storage too, where one is given, so that a new page finds them. */
export class RunningStreams {
  readonly #streams = new Map<string, RunningStream>();
  readonly #storage: StreamStorage | undefined;

  constructor(storage: StreamStorage | undefined) {
    this.#storage = storage;
  }

  get(chatId: string): RunningStream | undefined {
    const known = this.#streams.get(chatId);
    if (known !== undefined) return known;
    try {
      const text = this.#storage?.getItem(keyOf(chatId));
      return text ? (JSON.parse(text) as RunningStream) : undefined;
    } catch {
      return undefined;
    }
  }

  set(chatId: string, stream: RunningStream): void {
    this.#streams.set(chatId, stream);
    try {
      this.#storage?.setItem(keyOf(chatId), JSON.stringify(stream));
    } catch {
      // A full or forbidden storage: this page can still resume, a new one can't.
    }
  }

  /** Forgets a chat's answer, unless another one has taken its place. */
  delete(chatId: string, id: string): void {
    if (this.get(chatId)?.id !== id) return;
    this.#streams.delete(chatId);
    try {
      this.#storage?.removeItem(keyOf(chatId));
    } catch {
      // As above.
    }
  }
}

function keyOf(chatId: string): string {
  return `trestle:stream:${chatId}`;
}
