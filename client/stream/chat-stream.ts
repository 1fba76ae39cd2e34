import { parseEventId } from '../../shared/event-id.ts';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { TrestleError } from '../../shared/error.ts';
import { ChunkFolder } from '../../shared/fold-chunks.ts';
import type { ToolCall } from '../../shared/tool.ts';
import { onAbort } from './on-abort.ts';
import type { StreamSink } from './transport.ts';

/** `connecting` until the server has taken the request, `resuming` while a lost connection is made again. */
export type StreamState = 'connecting' | 'open' | 'resuming' | 'closed';

export interface ChatStreamOptions {
  /** Ends the stream, and Claude's work on it; reading then throws the signal's reason, as `fetch` does. */
  signal?: AbortSignal | undefined;
  /** For the whole stream, in milliseconds from its start; past it `deadline_exceeded` is thrown. @default none */
  deadlineMs?: number | undefined;
}

type Step = IteratorResult<ChatCompletionChunk, undefined>;
type Outcome = { failed: false } | { failed: true; error: unknown };

const DONE: Step = { done: true, value: undefined };
/** Chunks that may wait for a slow reader before the transport is asked to wait. */
const MAX_WAITING = 64;
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
  readonly #listeners = new Set<(state: StreamState) => void>();
  readonly #whole: Promise<void>;
  #settle!: (outcome: Outcome) => void;
  #queue: { chunk: ChatCompletionChunk; eventId: string }[] = [];
  #waiting: ((step: Step | Promise<Step>) => void)[] = [];
  #room: (() => void) | undefined;
  #state: StreamState = 'connecting';
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

  /** Of the last chunk that was read; `client.resume` goes on after it. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** Of the connection. */
  get state(): StreamState {
    return this.#state;
  }

  /** Calls the listener with each new state. What it returns ends that. */
  on(_event: 'state', listener: (state: StreamState) => void): () => void {
    const own = (state: StreamState): void => listener(state);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
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
    if (this.#outcome === undefined || this.#queue.length > 0) this.#leave({ failed: true, error: reason });
  }

  next(): Promise<Step> {
    if (this.#use === 'draining' && !this.#outcome?.failed) {
      return Promise.reject(new TrestleError('stream_already_read', 'The stream has been read as a whole already'));
    }
    this.#use = 'reading';
    this.#begin();
    if (this.#signal?.aborted) this.abort(this.#signal.reason);
    const first = this.#queue.shift();
    if (this.#queue.length < MAX_WAITING) this.#room?.();
    if (first) {
      this.#lastEventId = first.eventId;
      return Promise.resolve({ done: false, value: first.chunk });
    }
    if (this.#outcome) return this.#last(this.#outcome);
    return new Promise((resolve) => this.#waiting.push(resolve));
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
        if (this.#outcome === undefined) this.#enter(state);
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
    const waiting = this.#waiting.shift();
    if (this.#use !== 'draining' && !waiting) this.#queue.push({ chunk, eventId });
    else this.#lastEventId = eventId;
    waiting?.({ done: false, value: chunk });
    if (this.#queue.length < MAX_WAITING) return undefined;
    return new Promise((resolve) => (this.#room = resolve));
  }

  /** For a caller that leaves: what has arrived and was not read is dropped. */
  #leave(outcome: Outcome): void {
    this.#queue = [];
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
    this.#room?.();
    this.#settle(outcome);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(this.#last(outcome));
    this.#enter('closed');
  }

  /** A failure is told once. */
  #last(outcome: Outcome): Promise<Step> {
    if (!outcome.failed || this.#told) return Promise.resolve(DONE);
    this.#told = true;
    return Promise.reject(outcome.error);
  }

  #enter(state: StreamState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) {
      try {
        listener(state);
      } catch (thrown) {
        // The listener's own mistake must not end the stream, nor be lost.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
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
    this.#lastEventId = this.#queue.at(-1)?.eventId ?? this.#lastEventId;
    this.#queue = [];
    this.#room?.();
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
