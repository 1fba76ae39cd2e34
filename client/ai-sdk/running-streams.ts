import type { UIMessage } from 'ai';

/** What it takes to resume the answer of a chat. */
export interface RunningStream {
  /** The name of its request, by which it is found before its first chunk. */
  key?: string;
  /** The id of the completion, once it is known. */
  id?: string;
  /** The message that it fills; of a new one, the completion's id. */
  messageId?: string;
  /** What the message held before: the steps of a tool loop. */
  parts: UIMessage['parts'];
  metadata?: unknown;
}

/** The part of `sessionStorage` that is needed. */
export interface StreamStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A function for pages that are rendered on a server too, where there is no storage: called when it is needed. */
export type StreamStorageSource = StreamStorage | (() => StreamStorage | null | undefined);

/** The answers that are under way, by chat; in a storage too, where one is given, so that a new page finds them. */
export class RunningStreams {
  readonly #streams = new Map<string, RunningStream>();
  readonly #source: StreamStorageSource | undefined;

  constructor(storage: StreamStorageSource | undefined) {
    this.#source = storage;
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
  delete(chatId: string, { key, id }: RunningStream): void {
    const known = this.get(chatId);
    if (known === undefined || (key === undefined ? known.id !== id : known.key !== key)) return;
    this.#streams.delete(chatId);
    try {
      this.#storage?.removeItem(keyOf(chatId));
    } catch {
      // As above.
    }
  }

  /** Throws where it is forbidden, or not there. */
  get #storage(): StreamStorage | null | undefined {
    return typeof this.#source === 'function' ? this.#source() : this.#source;
  }
}

function keyOf(chatId: string): string {
  return `trestle:stream:${chatId}`;
}
