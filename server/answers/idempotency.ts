import type { ChatCancelRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { beforeFirst, parseEventId } from '../../shared/event-id.ts';
import type { Call, Repeat } from '../calls/call.ts';
import { AbandonedStreams } from './abandoned-streams.ts';
import type { AnswerStore, OpenAnswer, OpenStoredAnswer } from './answer-store.ts';
import { notKept } from './answer.ts';
import type { ItemFormat, Numbered } from './item-format.ts';
import { keyOf, requireDigest } from './request-key.ts';
import { SharedAnswer } from './shared-answer.ts';
import type { Verb } from './verb.ts';

/** A streamed answer is kept elsewhere, by its id. */
interface StreamedAnswer {
  id: string;
}

interface Repeatable {
  /** The digest of the request: the same key for another one is a mistake. */
  body: string;
  answer: StreamedAnswer | SharedAnswer;
}

export interface RepeatedRequestsOptions {
  /** How long a whole answer goes on when nobody waits for it, in milliseconds. */
  graceMs: number;
  /** How long a finished answer is given again, in milliseconds. */
  keepMs: number;
  /** Receives each key that is released. */
  onRelease?: (key: string) => void;
}

/** A request for a stream; with `lastEventId` for the rest of one that has begun. */
export interface StreamAsked<Request extends object = object> {
  request: Request;
  lastEventId?: string | null | undefined;
}

/** Requests that may be repetitions: of those of this process, or of other ones as well. */
export interface Requests {
  stream<Request extends object, Kept extends Numbered>(
    verb: Verb<Request, unknown, Kept>,
    call: Omit<Call, 'signal'>,
    asked: StreamAsked<Request>,
  ): OpenAnswer<Kept> | Promise<OpenAnswer<Kept>>;
  complete<Request extends object, Whole>(verb: Verb<Request, Whole>, call: Call, request: Request): Promise<Whole>;
  resume<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    owner: string,
    idempotencyKey: string,
  ): OpenAnswer<Kept> | Promise<OpenAnswer<Kept>>;
  abandon(owner: string, digest: string, id: string): void;
  cancel(call: Pick<Call, 'owner'>, which: ChatCancelRequest): boolean | Promise<boolean>;
}

/** How long the key of a stream that failed stands for its failure: longer than any client tries by itself. */
const FAILED_FOR_MS = 60_000;

/**
 * Requests with an `Idempotency-Key`: the same key and body, from the same caller, joins the running answer or
 * gets the finished one, and Claude is asked once. A whole answer that failed is forgotten, so that it can be tried
 * again. A stream that failed, or that nobody came back to, is not: clients send streams again by themselves.
 */
export class RepeatedRequests implements Requests {
  readonly #options: RepeatedRequestsOptions;
  readonly #store: AnswerStore;
  readonly #byKey = new Map<string, Repeatable>();
  readonly #abandoned = new AbandonedStreams();
  /** Whole answers under way, by what was asked. */
  readonly #unnamed = new Map<string, SharedAnswer>();

  constructor(answerStore: AnswerStore, options: RepeatedRequestsOptions) {
    this.#store = answerStore;
    this.#options = options;
  }

  /**
   * A streamed answer: the one that was started under this key, or a new one. Throws 409 for another body,
   * and 412 for an answer that is no longer kept.
   */
  stream<Request extends object, Kept extends Numbered>(
    verb: Verb<Request, unknown, Kept>,
    call: Omit<Call, 'signal'>,
    asked: StreamAsked<Request>,
  ): OpenStoredAnswer<Kept> {
    const { lastEventId } = asked;
    if (call.idempotencyKey === undefined) {
      const known = this.#comeBack(verb.format, call, lastEventId);
      if (known) return known;
      return lastEventId
        ? this.#store.find(verb.format, call.owner, lastEventId)
        : this.#start(verb, call, asked.request);
    }
    const { key, body, known } = this.#find(verb, call, asked.request);
    const id = known && 'id' in known ? known.id : undefined;
    if (lastEventId) {
      const found = this.#store.find(verb.format, call.owner, lastEventId);
      if (id !== undefined && found.answer.id !== id) throw conflict();
      return found;
    }
    if (id !== undefined) return this.#store.find(verb.format, call.owner, beforeFirst(id));
    const opened = this.#start(verb, call, asked.request);
    const answer = { id: opened.answer.id };
    this.#byKey.set(key, { body, answer });
    void opened.answer.ended.then((failed) =>
      this.#releaseLater(key, answer, failed ? FAILED_FOR_MS : this.#options.keepMs),
    );
    return opened;
  }

  #start<Request extends object, Kept extends Numbered>(
    verb: Verb<Request, unknown, Kept>,
    call: Omit<Call, 'signal'>,
    request: Request,
  ): OpenStoredAnswer<Kept> {
    const { id, start } = verb.stream(call, request);
    const { owner, record } = call;
    return { answer: this.#store.start({ id, owner, record, format: verb.format }, start), from: 0 };
  }

  /** The reader of an answer without a name was lost; the same request may come for it. */
  abandon(owner: string, digest: string, id: string): void {
    this.#abandoned.add(keyOf(owner, digest), id, this.#options.graceMs);
  }

  #comeBack<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    { owner, digest }: Omit<Call, 'signal'>,
    lastEventId: string | null | undefined,
  ): OpenStoredAnswer<Kept> | undefined {
    if (digest === undefined) return undefined;
    const key = keyOf(owner, digest);
    const last = lastEventId ? parseEventId(lastEventId) : undefined;
    if (last) this.#abandoned.release(key, last.id);
    const id = lastEventId ? undefined : this.#abandoned.take(key);
    return id !== undefined && this.#store.holds(id) ? this.#store.find(format, owner, beforeFirst(id)) : undefined;
  }

  /** A streamed answer from its beginning, by the key of its request. Throws 412 when there is none. */
  resume<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    owner: string,
    idempotencyKey: string,
  ): OpenStoredAnswer<Kept> {
    const known = this.#byKey.get(keyOf(owner, idempotencyKey))?.answer;
    if (known === undefined || !('id' in known)) throw notKept();
    return this.#store.find(format, owner, beforeFirst(known.id));
  }

  /** Whether a request under this key runs, or what it came to is kept. */
  knows(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Ends a streamed answer for the caller that asked for it. Tells whether there was one. */
  cancel({ owner }: Pick<Call, 'owner'>, { id, idempotencyKey }: ChatCancelRequest): boolean {
    const known = this.#byKey.get(keyOf(owner, idempotencyKey ?? ''))?.answer;
    return this.#store.stop(owner, id ?? (known && 'id' in known ? known.id : ''));
  }

  /** A whole answer, likewise. A caller that leaves does not end it for `graceMs`: it may come back. */
  complete<Request extends object, Whole>(verb: Verb<Request, Whole>, call: Call, request: Request): Promise<Whole> {
    try {
      verb.checkWhole(request);
      // Sound: a key stands for one body of one verb, so what it was answered with is of that verb.
      if (call.idempotencyKey !== undefined) return this.#completeOnce(verb, call, request) as Promise<Whole>;
      if (call.repeat) return this.#completeOrRetry(verb, call, request, call.repeat) as Promise<Whole>;
      return verb.complete(call, request);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  #completeOnce(verb: Verb, call: Call, request: object): Promise<unknown> {
    const { key, body, known } = this.#find(verb, call, request);
    if (known instanceof SharedAnswer) return known.join(call);
    const answer: SharedAnswer = new SharedAnswer(call.record, {
      graceMs: this.#options.graceMs,
      onLeft: () => this.#release(key, answer),
      onDone: (whole) => {
        this.#count(key, answer, whole === undefined ? 0 : JSON.stringify(whole).length);
        this.#releaseLater(key, answer, whole === undefined ? 0 : this.#options.keepMs);
      },
    });
    answer.begin(verb.complete({ ...call, ...answer.own }, request));
    this.#byKey.set(key, { body, answer });
    return answer.join(call);
  }

  /**
   * A request without a name, of a client that says when it tries again: that joins the answer which still runs. Its
   * callers are not waited for, and a finished answer is not given again.
   */
  #completeOrRetry(verb: Verb, call: Call, request: object, { digest, isRetry }: Repeat): Promise<unknown> {
    const key = keyOf(call.owner, digest);
    const known = this.#unnamed.get(key);
    if (isRetry && known !== undefined) return known.join(call);
    const release = (): void => {
      if (this.#unnamed.get(key) === answer) this.#unnamed.delete(key);
    };
    const answer: SharedAnswer = new SharedAnswer(call.record, {
      graceMs: 0,
      onLeft: release,
      onDone: release,
    });
    answer.begin(verb.complete({ ...call, ...answer.own }, request));
    this.#unnamed.set(key, answer);
    return answer.join(call);
  }

  /** Finished, it counts as kept memory, and makes room when that is needed. */
  #count(key: string, answer: SharedAnswer, bytes: number): void {
    const { budget } = this.#store;
    answer.bytes = bytes;
    budget.add(bytes);
    budget.addReleasable(answer, () => this.#release(key, answer));
    budget.makeRoom();
  }

  #find(
    verb: Verb,
    { owner, idempotencyKey }: Omit<Call, 'signal'>,
    request: object,
  ): { key: string; body: string; known: Repeatable['answer'] | undefined } {
    const key = keyOf(owner, idempotencyKey);
    const body = requireDigest(verb.name, verb.identityOf?.(request) ?? request);
    const found = this.#byKey.get(key);
    if (found && found.body !== body) throw conflict();
    return { key, body, known: found?.answer };
  }

  #releaseLater(key: string, answer: Repeatable['answer'], milliseconds: number): void {
    setTimeout(() => this.#release(key, answer), milliseconds).unref();
  }

  #release(key: string, answer: Repeatable['answer']): void {
    if (this.#byKey.get(key)?.answer === answer) {
      this.#byKey.delete(key);
      this.#options.onRelease?.(key);
    }
    if (!(answer instanceof SharedAnswer)) return;
    this.#store.budget.removeReleasable(answer);
    this.#store.budget.add(-answer.bytes);
    answer.bytes = 0;
  }
}

function conflict(): TrestleError {
  return new TrestleError('idempotency_conflict', 'This Idempotency-Key was used for another request', { param: null });
}
