import type { OpenAnswer } from '../answers/answer-store.ts';
import type { ReadableAnswer } from '../answers/answer.ts';
import type { Numbered } from '../answers/item-format.ts';
import type { ItemReader } from '../answers/item-reader.ts';
import { type Call, type CallRecord, createCallRecord } from '../calls/call.ts';
import { cancelled, type CancelSignal, failureOf } from '../calls/cancellation.ts';
import type { Running } from '../calls/running-calls.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { enterSocket, partyOf } from './call-scope.ts';
import type { Context } from './context.ts';
import { logSocketCall } from './socket-call-log.ts';

export interface ReadingOptions<Kept extends Numbered> {
  /** The procedure's name, for the log. */
  path: string;
  /** The subscription's signal; over REST there is none beside the context's. */
  signal: CancelSignal | undefined;
  /** The caller can come back to its answer before it has seen an item. */
  named: boolean;
  /** What is asked for, in short, where the same may be asked for again without a name. */
  digest?: string | undefined;
  open: (call: Omit<Call, 'signal'>) => OpenAnswer<Kept> | Promise<OpenAnswer<Kept>>;
}

/**
 * Reads a streamed answer for one caller, of whatever door. It starts when the first item is asked for. An answer goes
 * on for a while without a reader that was lost, and ends with one that stopped on purpose. Not a generator: that could
 * not give what is there at once, nor leave while it waits.
 */
export class AnswerReading<Kept extends Numbered> {
  readonly #ctx: Context;
  readonly #path: string;
  #signal: CancelSignal | undefined;
  #open: ReadingOptions<Kept>['open'] | undefined;
  #record: CallRecord | undefined;
  #running: Running | undefined;
  #answer: ReadableAnswer<Kept> | undefined;
  #id: string | undefined;
  /** Whose call it is, also when their key has been revoked meanwhile. */
  #owner = '';
  #items: ItemReader<Kept> | undefined;
  #hasName: boolean;
  readonly #digest: string | undefined;
  #deafen: (() => void) | undefined;
  #stopped = false;
  #over = false;

  constructor(ctx: Context, { path, signal, named, digest, open }: ReadingOptions<Kept>) {
    this.#ctx = ctx;
    this.#path = path;
    this.#signal = signal;
    this.#open = open;
    this.#hasName = named;
    this.#digest = digest;
  }

  /**
   * What is there, or else what comes next; undefined when all was read.
   * Rejects with what refused the call or broke the answer.
   */
  async read(): Promise<Kept[] | undefined> {
    const next = await this.next();
    return next === undefined ? undefined : [next, ...(this.#items?.ready?.() ?? [])];
  }

  /** Whether there was an answer to read: its request was found to be sound. */
  get hasAnswer(): boolean {
    return this.#id !== undefined;
  }

  /** The answer's id, where there was one. */
  get id(): string {
    return this.#id!;
  }

  /** The next item; undefined when all was read. Rejects like {@link read}. */
  async next(): Promise<Kept | undefined> {
    if (this.#over) return;
    try {
      const { socket } = this.#ctx;
      if (this.#record === undefined) await this.#begin();
      // Asked for the next item; a socket that is full makes Claude wait, not memory grow.
      else if (socket?.full) await socket.writable(this.#running!.signal);
      const next = await this.#items?.next();
      if (next && !next.done) {
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

  /** The caller reads no further. */
  leave(): void {
    this.#end(cancelled());
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
    const party = partyOf(ctx);
    this.#owner = party.owner;
    // It holds the request, which may be long and is not needed any more.
    this.#open = undefined;
    const opened = open({
      strict: ctx.strict,
      ...party,
      connection: ctx.connection,
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
    this.#id = answer.id;
    this.#hasName ||= from > 0;
    this.#items = answer.read(from, this.#running.signal);
  }

  /** Its caller left while the answer was looked for. */
  #leaveLate(answer: ReadableAnswer<Kept>): never {
    this.#ctx.services.answers.attach(answer);
    this.#answer = answer;
    this.#detach();
    throw cancelled();
  }

  #end(failure: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#record === undefined) return;
    const ctx = this.#ctx;
    this.#deafen?.();
    void this.#items?.return();
    this.#detach();
    this.#running?.[Symbol.dispose]();
    if (ctx.socket) ctx.socket.calls -= 1;
    logSocketCall(ctx, this.#path, this.#record, failure);
    // tRPC's subscription, and what V8 has left of its table of subscriptions, may stay for long: not all that was read.
    this.#signal = this.#deafen = this.#running = this.#items = this.#answer = undefined;
  }

  #detach(): void {
    const ctx = this.#ctx;
    const { answers, runningCalls, requests } = ctx.services;
    if (!this.#answer) return;
    const hasName = this.#hasName || this.#digest !== undefined;
    const comesBack = ctx.resumable && hasName && !runningCalls.draining;
    const onPurpose = this.#stopped || ctx.stoppedOnPurpose();
    if (comesBack && !onPurpose && this.#digest !== undefined) {
      requests.abandon(this.#owner, this.#digest, this.#answer.id);
    }
    answers.detach(this.#answer, comesBack ? (onPurpose ? 'stopped' : 'lost') : 'gone');
  }
}
