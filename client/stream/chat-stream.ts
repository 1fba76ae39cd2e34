import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { TrestleError } from '../../shared/error.ts';
import { parseEventId } from '../../shared/event-id.ts';
import { ChunkFolder } from '../../shared/fold-chunks.ts';
import type { ToolCall } from '../../shared/tool.ts';
import { ChunkQueue, type Step } from './chunk-queue.ts';
import { onAbort } from './on-abort.ts';
import { ObservedState, type StreamState } from './state.ts';
import type { StreamSink } from './transport.ts';

export interface ChatStreamOptions {
  /** Ends the stream, and Claude's work on it; reading then throws the signal's reason, as `fetch` does. */
  signal?: AbortSignal | undefined;
  /** For the whole stream, in milliseconds from its start; past it `deadline_exceeded` is thrown. @default none */
  deadlineMs?: number | undefined;
}

type Outcome = { failed: false } | { failed: true; error: unknown };

const DONE: Step = { done: true, value: undefined };
/** The longest that a timer can wait. */
const MAX_MS = 2 ** 31 - 1;

/**
 * A streamed answer. It starts when it is first asked for something. Its chunks are read once, by `for await`; the
 * whole can be asked for any number of times, and is read to the end if nobody reads the chunks by the next turn.
 * Failures are `TrestleError`s; a signal's or `abort`'s own reason is thrown as it is.
 */
export class ChatStream implements AsyncIterableIterator<ChatCompletionChunk, undefined> {
  readonly #start: (sink: StreamSink) => () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #deadlineMs: number | undefined;
  readonly #folder = new ChunkFolder();
  readonly #whole: Promise<void>;
  #settle!: (outcome: Outcome) => void;
  readonly #queue = new ChunkQueue();
  readonly #state = new ObservedState();
  #id: string | undefined;
  #lastEventId: string | undefined;
  #chunks = 0;
  #begun = false;
  #use: 'none' | 'reading' | 'draining' = 'none';
  #outcome: Outcome | undefined;
  #told = false;
  #stop: (() => void) | undefined;
  #deafen: (() => void) | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(
    start: (sink: StreamSink) => () => void,
    { signal, deadlineMs }: ChatStreamOptions,
    lastEventId?: string,
  ) {
    this.#start = start;
    this.#signal = signal;
    this.#deadlineMs = deadlineMs;
    this.#id = lastEventId === undefined ? undefined : parseEventId(lastEventId)?.id;
    this.#lastEventId = lastEventId;
    this.#whole = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome.failed ? reject(outcome.error) : resolve());
    });
    this.#whole.catch(() => {});
  }

  /** The completion's id, known from the first chunk on. */
  get id(): string | undefined {
    return this.#id;
  }

  /** The id of the last chunk that was read; `client.resume` goes on after it. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** The state of the connection. */
  get state(): StreamState {
    return this.#state.current;
  }

  /** Calls the listener with each new state. What it returns ends that. */
  on(_event: 'state', listener: (state: StreamState) => void): () => void {
    return this.#state.on(listener);
  }

  /** The first choice's text; empty where the answer has none. */
  text(): Promise<string> {
    return this.#afterwards(() => this.#message?.content ?? '');
  }

  /** The completion that the chunks add up to; of a stream that was resumed, those from there on. */
  completion(): Promise<ChatCompletion> {
    return this.#afterwards(() => this.#fold());
  }

  /** The first choice's tool calls. */
  toolCalls(): Promise<ToolCall[]> {
    return this.#afterwards(() => this.#message?.tool_calls ?? []);
  }

  /** Ends the stream, and Claude's work on it. Reading throws the reason; without one, a `TrestleError` `cancelled`. */
  abort(reason: unknown = cancelled()): void {
    if (this.#outcome === undefined || !this.#queue.isEmpty) this.#leave({ failed: true, error: reason });
  }

  next(): Promise<Step> {
    if (this.#use === 'draining' && !this.#outcome?.failed) {
      return Promise.reject(new TrestleError('stream_already_read', 'The stream has been read as a whole already'));
    }
    this.#use = 'reading';
    this.#begin();
    if (this.#signal?.aborted) this.abort(this.#signal.reason);
    const first = this.#queue.shift();
    if (first) {
      this.#lastEventId = first.eventId;
      return Promise.resolve({ done: false, value: first.chunk });
    }
    if (this.#outcome) return this.#last(this.#outcome);
    return this.#queue.wait();
  }

  /** What `break` does: ends the stream, and Claude's work on it. */
  return(): Promise<Step> {
    this.#told = true;
    this.#leave({ failed: true, error: cancelled() });
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #begin(): void {
    if (this.#begun || this.#outcome) return;
    this.#begun = true;
    if (this.#signal?.aborted) return this.abort(this.#signal.reason);
    const signal = this.#signal;
    this.#deafen = signal && onAbort(signal, () => this.abort(signal.reason));
    const deadlineMs = this.#deadlineMs;
    if (deadlineMs !== undefined) {
      const message = `The stream took longer than ${deadlineMs} ms`;
      this.#deadline = setTimeout(
        () => this.#leave({ failed: true, error: new TrestleError('deadline_exceeded', message) }),
        Math.min(deadlineMs, MAX_MS),
      );
    }
    this.#stop = this.#start({
      state: (state) => {
        if (this.#outcome === undefined) this.#state.enter(state);
      },
      chunk: (chunk, eventId) => this.#take(chunk, eventId),
      end: () => this.#finish({ failed: false }),
      fail: (error) => this.#finish({ failed: true, error }),
    });
    // A listener may have left already.
    if (this.#outcome) this.#stop();
  }

  #take(chunk: ChatCompletionChunk, eventId: string): Promise<void> | undefined {
    if (this.#outcome) return undefined;
    this.#id ??= chunk.id;
    this.#chunks += 1;
    this.#folder.push(chunk);
    const isRead = this.#queue.deliver(chunk) || this.#use === 'draining';
    if (isRead) this.#lastEventId = eventId;
    else this.#queue.push(chunk, eventId);
    return this.#queue.room();
  }

  /** For a caller that leaves: what has arrived and was not read is dropped. */
  #leave(outcome: Outcome): void {
    this.#queue.clear();
    if (this.#outcome) {
      this.#outcome = outcome;
    } else {
      this.#finish(outcome);
      this.#stop?.();
    }
  }

  #finish(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    clearTimeout(this.#deadline);
    this.#deafen?.();
    this.#settle(outcome);
    this.#queue.end(() => this.#last(outcome));
    this.#state.enter('closed');
  }

  /** Throws a failure once. */
  #last(outcome: Outcome): Promise<Step> {
    if (!outcome.failed || this.#told) return Promise.resolve(DONE);
    this.#told = true;
    return Promise.reject(outcome.error);
  }

  /** Answers at the stream's end. Who never looks at the answer need not handle its rejection. */
  #afterwards<T>(answer: () => T): Promise<T> {
    this.#begin();
    if (this.#use === 'none' && !this.#outcome) setTimeout(() => this.#drain(), 0);
    const answered = this.#whole.then(answer);
    answered.catch(() => {});
    return answered;
  }

  #drain(): void {
    if (this.#use !== 'none') return;
    this.#use = 'draining';
    this.#lastEventId = this.#queue.clear() ?? this.#lastEventId;
  }

  get #message(): ChatCompletion['choices'][number]['message'] | undefined {
    return this.#chunks === 0 ? undefined : this.#fold().choices[0]?.message;
  }

  #fold(): ChatCompletion {
    try {
      return this.#folder.completion;
    } catch (cause) {
      throw new TrestleError('incomplete_stream', 'The chunks of the stream are no whole answer', { cause });
    }
  }
}

function cancelled(): TrestleError {
  return new TrestleError('cancelled', 'The stream was cancelled');
}
