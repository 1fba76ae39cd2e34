import { formatEventId } from '../../shared/event-id.ts';
import { tracked, type TrackedEnvelope } from '@trpc/server';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { enterSocket, ownerOf } from './call-scope.ts';
import { type Call, type CallRecord, createCallRecord } from '../calls/call.ts';
import type { ChunkReader } from '../answers/chunk-reader.ts';
import type { ReadableAnswer } from '../answers/answer.ts';
import type { OpenAnswer } from '../answers/answer-store.ts';
import type { NumberedChunk } from '../answers/numbered-chunk.ts';
import { ChunkJson } from '../answers/chunk-json.ts';
import type { Context } from './context.ts';
import type { Running } from '../calls/running-calls.ts';
import { logSocketCall } from './socket-call-log.ts';
import { ChunkBatch } from './chunk-batch.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { cancelled, type CancelSignal, failureOf } from '../calls/cancellation.ts';

type Chunk = TrackedEnvelope<ChatCompletionChunk>;

export interface SubscriptionOptions {
  /** Of the procedure, for the log. */
  path: string;
  /** Of the subscription; over REST there is none beside the context's. */
  signal: CancelSignal | undefined;
  /** The caller can come back to its answer before it has seen a chunk. */
  named: boolean;
  /** What is asked for, in short, where the same may be asked for again without a name. */
  digest?: string | undefined;
  open: (call: Omit<Call, 'signal'>) => OpenAnswer | Promise<OpenAnswer>;
}

/** Left by its caller, which is no failure. */
const LEFT = Symbol('left');
const DONE = { done: true, value: undefined } as const;

/**
 * Reads a streamed answer for one caller, each chunk under an id by which the caller can come back; it starts when
 * the first chunk is asked for. An answer goes on for a while without a reader that was lost, and ends with one that
 * stopped on purpose. Not a generator: that could not give what is there at once, nor leave while it waits.
 */
export class Subscription implements AsyncIterableIterator<Chunk, undefined> {
  readonly #ctx: Context;
  readonly #path: string;
  #signal: CancelSignal | undefined;
  #open: SubscriptionOptions['open'] | undefined;
  #record: CallRecord | undefined;
  #running: Running | undefined;
  #answer: ReadableAnswer | undefined;
  #chunks: ChunkReader | undefined;
  #json: ChunkJson | undefined;
  #hasName: boolean;
  readonly #digest: string | undefined;
  #deafen: (() => void) | undefined;
  #stopped = false;
  #over = false;

  constructor(ctx: Context, { path, signal, named, digest, open }: SubscriptionOptions) {
    this.#ctx = ctx;
    this.#path = path;
    this.#signal = signal;
    this.#open = open;
    this.#hasName = named;
    this.#digest = digest;
  }

  /** For tRPC: one chunk, or over WebSocket all that are there. Rejects like {@link read}. */
  async next(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#ctx.socket) {
      const chunks = await this.read();
      if (chunks === undefined) return DONE;
      this.#json ??= new ChunkJson();
      // Sound: the socket's encoder makes of it what tRPC makes of the chunks.
      return { done: false, value: new ChunkBatch(this.id, chunks, this.#json) as unknown as Chunk };
    }
    const next = await this.#take();
    return next === undefined ? DONE : { done: false, value: tracked(formatEventId(this.id, next.number), next.chunk) };
  }

  /**
   * What is there, or else what comes next; undefined when all was read.
   * Rejects with what refused the call or broke the answer.
   */
  async read(): Promise<NumberedChunk[] | undefined> {
    const next = await this.#take();
    return next === undefined ? undefined : [next, ...(this.#chunks?.ready?.() ?? [])];
  }

  /** Of the answer; it has one from the first chunk on. */
  get id(): string {
    return this.#answer!.id;
  }

  async #take(): Promise<NumberedChunk | undefined> {
    if (this.#over) return;
    try {
      const { socket } = this.#ctx;
      if (this.#record === undefined) await this.#begin();
      // Asked for the next chunk; a socket that is full makes Claude wait, not memory grow.
      else if (socket?.full) await socket.writable(this.#running!.signal);
      const next = (await this.#chunks?.next()) ?? DONE;
      if (!next.done) {
        this.#hasName = true;
        return next.value;
      }
    } catch (thrown) {
      const failure = failureOf(thrown, this.#running?.signal);
      this.#ctx.broke(toTrestleError(failure));
      this.#end(failure);
      throw failure;
    }
    this.#end(undefined);
    return;
  }

  return(): Promise<IteratorResult<Chunk, undefined>> {
    this.#end(LEFT);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #begin(): Promise<void> {
    const ctx = this.#ctx;
    const record = createCallRecord();
    this.#record = record;
    ctx.records.push(record);
    const { answers, runningCalls } = ctx.services;
    enterSocket(ctx);
    if (ctx.socket) runningCalls.checkSockets();
    const signal = this.#signal ?? ctx.signal;
    // Asked in time: the caller may close its socket right after it stopped the stream.
    if (ctx.socket) {
      const stop = (): void => void (this.#stopped = ctx.stoppedOnPurpose());
      signal.addEventListener('abort', stop, { once: true });
      this.#deafen = () => signal.removeEventListener('abort', stop);
    }
    this.#running = runningCalls.enter(signal);
    const open = this.#open!;
    // It holds the request, which may be long and is not needed any more.
    this.#open = undefined;
    const opened = open({
      strict: ctx.strict,
      owner: ownerOf(ctx),
      idempotencyKey: ctx.idempotencyKey,
      digest: this.#digest,
      record,
    });
    const { answer, from } = opened instanceof Promise ? await opened : opened;
    if (this.#over) return this.#leaveLate(answer);
    ctx.records.splice(ctx.records.indexOf(record), 1, answer.record);
    this.#record = answer.record;
    answers.attach(answer);
    this.#answer = answer;
    this.#hasName ||= from > 0;
    this.#chunks = answer.read(from, this.#running.signal);
  }

  /** Its caller left while the answer was looked for. */
  #leaveLate(answer: ReadableAnswer): never {
    this.#ctx.services.answers.attach(answer);
    this.#answer = answer;
    this.#leave();
    throw cancelled();
  }

  #end(failure: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#record === undefined) return;
    const ctx = this.#ctx;
    this.#deafen?.();
    void this.#chunks?.return();
    this.#leave();
    this.#running?.[Symbol.dispose]();
    if (ctx.socket) ctx.socket.calls -= 1;
    logSocketCall(ctx, this.#path, this.#record, failure === LEFT ? cancelled() : failure);
    // tRPC's subscription, and what V8 has left of its table of subscriptions, may stay for long: not all that was read.
    this.#signal = this.#deafen = this.#running = this.#chunks = this.#answer = this.#json = undefined;
  }

  #leave(): void {
    const ctx = this.#ctx;
    const { answers, runningCalls, repeats } = ctx.services;
    if (!this.#answer) return;
    const hasName = this.#hasName || this.#digest !== undefined;
    const comesBack = ctx.resumable && hasName && !runningCalls.draining;
    const onPurpose = this.#stopped || ctx.stoppedOnPurpose();
    if (comesBack && !onPurpose && this.#digest !== undefined) {
      repeats.abandon(ownerOf(ctx), this.#digest, this.#answer.id);
    }
    answers.detach(this.#answer, comesBack ? (onPurpose ? 'stopped' : 'lost') : 'gone');
  }
}
