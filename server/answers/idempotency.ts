import { beforeFirst, parseEventId } from '../../shared/event-id.ts';
import { createHash } from 'node:crypto';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCancelRequest, ChatCompletionRequest, ChatStreamRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { AbandonedStreams } from './abandoned-streams.ts';
import type { Call, Repeat } from '../calls/call.ts';
import { completeChat } from '../chat/complete.ts';
import { notKept } from './answer.ts';
import type { AnswerStore, OpenAnswer } from './answer-store.ts';
import type { ChatDependencies } from '../chat/prepare.ts';
import { SharedAnswer } from './shared-answer.ts';
import { openStream, type OpenStoredAnswer } from './open-answer.ts';

/** A streamed answer is kept elsewhere, by its id. */
interface StreamedAnswer {
  id: string;
}

interface Repeatable {
  /** Of the request's body: the same key with another body is a mistake. */
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

/** Requests that may be repetitions: of those of this process, or of other ones as well. */
export interface Requests {
  stream(
    dependencies: ChatDependencies,
    call: Omit<Call, 'signal'>,
    request: ChatStreamRequest,
  ): OpenAnswer | Promise<OpenAnswer>;
  complete(dependencies: ChatDependencies, call: Call, request: ChatCompletionRequest): Promise<ChatCompletion>;
  resume(owner: string, idempotencyKey: string): OpenAnswer | Promise<OpenAnswer>;
  abandon(owner: string, digest: string, id: string): void;
  cancel(call: Pick<Call, 'owner'>, request: ChatCancelRequest): boolean | Promise<boolean>;
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
  stream(dependencies: ChatDependencies, call: Omit<Call, 'signal'>, request: ChatStreamRequest): OpenStoredAnswer {
    const answerStore = this.#store;
    const idempotencyKey = request.idempotencyKey ?? call.idempotencyKey;
    if (idempotencyKey === undefined) {
      return this.#comeBack(call, request) ?? openStream(dependencies, answerStore, call, request);
    }
    const { idempotencyKey: _key, lastEventId, stream: _stream, ...asked } = request;
    const { key, body, known } = this.#find({ ...call, idempotencyKey }, { ...asked, stream: true });
    const id = known && 'id' in known ? known.id : undefined;
    if (lastEventId) {
      const found = answerStore.find(call.owner, lastEventId);
      if (id !== undefined && found.answer.id !== id) throw conflict();
      return found;
    }
    if (id !== undefined) return answerStore.find(call.owner, beforeFirst(id));
    const opened = openStream(dependencies, answerStore, call, asked);
    const answer = { id: opened.answer.id };
    this.#byKey.set(key, { body, answer });
    void opened.answer.ended.then((failed) =>
      this.#releaseLater(key, answer, failed ? FAILED_FOR_MS : this.#options.keepMs),
    );
    return opened;
  }

  /** The reader of an answer without a name was lost; the same request may come for it. */
  abandon(owner: string, digest: string, id: string): void {
    this.#abandoned.add(keyOf(owner, digest), id, this.#options.graceMs);
  }

  #comeBack({ owner, digest }: Omit<Call, 'signal'>, { lastEventId }: ChatStreamRequest): OpenStoredAnswer | undefined {
    if (digest === undefined) return undefined;
    const key = keyOf(owner, digest);
    const last = lastEventId ? parseEventId(lastEventId) : undefined;
    if (last) this.#abandoned.release(key, last.id);
    const id = lastEventId ? undefined : this.#abandoned.take(key);
    return id !== undefined && this.#store.holds(id) ? this.#store.find(owner, beforeFirst(id)) : undefined;
  }

  /** A streamed answer from its beginning, by the key of its request. Throws 412 when there is none. */
  resume(owner: string, idempotencyKey: string): OpenStoredAnswer {
    const known = this.#byKey.get(keyOf(owner, idempotencyKey))?.answer;
    if (known === undefined || !('id' in known)) throw notKept();
    return this.#store.find(owner, beforeFirst(known.id));
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
  complete(dependencies: ChatDependencies, call: Call, request: ChatCompletionRequest): Promise<ChatCompletion> {
    // Not async: what waits would keep the request.
    try {
      // One that asks for a stream is refused, and must not take the place of the stream under its name.
      if (request.stream) return completeChat(dependencies, call, request);
      if (call.idempotencyKey !== undefined) return this.#completeOnce(dependencies, call, request);
      return call.repeat === undefined
        ? completeChat(dependencies, call, request)
        : this.#completeOrRetry(dependencies, call, request, call.repeat);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  #completeOnce(dependencies: ChatDependencies, call: Call, request: ChatCompletionRequest): Promise<ChatCompletion> {
    const { key, body, known } = this.#find(call, request);
    if (known instanceof SharedAnswer) return known.join(call);
    const answer: SharedAnswer = new SharedAnswer(call.record, {
      graceMs: this.#options.graceMs,
      onLeft: () => this.#release(key, answer),
      onDone: (completion) => {
        this.#count(key, answer, completion === undefined ? 0 : JSON.stringify(completion).length);
        this.#releaseLater(key, answer, completion === undefined ? 0 : this.#options.keepMs);
      },
    });
    answer.begin(completeChat(dependencies, { ...call, ...answer.own }, request));
    this.#byKey.set(key, { body, answer });
    return answer.join(call);
  }

  /**
   * A request without a name, of a client that says when it tries again: that joins the answer which still runs. Its
   * callers are not waited for, and a finished answer is not given again.
   */
  #completeOrRetry(
    dependencies: ChatDependencies,
    call: Call,
    request: ChatCompletionRequest,
    { digest, isRetry }: Repeat,
  ): Promise<ChatCompletion> {
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
    answer.begin(completeChat(dependencies, { ...call, ...answer.own }, request));
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
    { owner, idempotencyKey }: Omit<Call, 'signal'>,
    request: ChatCompletionRequest,
  ): { key: string; body: string; known: Repeatable['answer'] | undefined } {
    const key = keyOf(owner, idempotencyKey);
    const body = hash(textOf(request));
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

/** What a request asks for, in short; undefined where JSON has no form for it. */
export function digestOf(request: ChatStreamRequest): string | undefined {
  try {
    return hash(JSON.stringify(request));
  } catch {
    return undefined;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** Throws a 400 for what only tRPC's transformer can carry, such as a BigInt. */
function textOf(request: ChatCompletionRequest): string {
  try {
    return JSON.stringify(request);
  } catch (cause) {
    throw new TrestleError('invalid_value', 'The request holds a value for which JSON has no form', { cause });
  }
}

/** The name of a request among those of all callers. */
export function keyOf(owner: string, idempotencyKey: string | null | undefined): string {
  return `${owner}\0${idempotencyKey}`;
}

function conflict(): TrestleError {
  return new TrestleError('idempotency_conflict', 'This Idempotency-Key was used for another request', { param: null });
}
