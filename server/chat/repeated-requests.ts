import { createHash } from 'node:crypto';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCompletionRequest, ChatStreamRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Call } from './call.ts';
import { completeChat } from './complete.ts';
import type { Generation } from './generation.ts';
import type { Generations } from './generations.ts';
import type { ChatDependencies } from './prepare.ts';
import { openStream, type OpenStream } from './stream.ts';

interface Repeatable {
  /** Of the request's body: the same key with another body is a mistake. */
  body: string;
  answer: Generation | WholeAnswer;
}

interface WholeAnswer {
  completion: Promise<ChatCompletion>;
  record: Call['record'];
  abort: AbortController;
  waiting: number;
  done: boolean;
  timer: NodeJS.Timeout | undefined;
}

export interface RepeatedRequestsOptions {
  /** How long a whole answer goes on when nobody waits for it, in milliseconds. */
  graceMs: number;
  /** How long a finished answer is given again, in milliseconds. */
  keepMs: number;
}

/**
 * Requests with an `Idempotency-Key`: the same key and body, from the same caller, joins the running answer or
 * gets the finished one, and Claude is asked once. One that failed is forgotten, so that it can be tried again.
 */
export class RepeatedRequests {
  readonly #options: RepeatedRequestsOptions;
  readonly #generations: Generations;
  readonly #byKey = new Map<string, Repeatable>();

  constructor(generations: Generations, options: RepeatedRequestsOptions) {
    this.#generations = generations;
    this.#options = options;
  }

  /** A streamed answer: the one that runs under this key, or a new one. Throws 409 for another body. */
  stream(dependencies: ChatDependencies, call: Omit<Call, 'signal'>, request: ChatStreamRequest): OpenStream {
    const generations = this.#generations;
    if (request.lastEventId || call.idempotencyKey === undefined)
      return openStream({ ...dependencies, generations }, call, request);
    const { key, body, known } = this.#find(call, request);
    if (known && !('completion' in known) && generations.has(known)) return { generation: known, from: 0 };
    const opened = openStream({ ...dependencies, generations }, call, request);
    this.#byKey.set(key, { body, answer: opened.generation });
    void opened.generation.ended.then((failed) =>
      this.#forgetLater(key, opened.generation, failed ? 0 : this.#options.keepMs),
    );
    return opened;
  }

  /** A whole answer, likewise. A caller that leaves does not end it for `graceMs`: it may come back. */
  async complete(dependencies: ChatDependencies, call: Call, request: ChatCompletionRequest): Promise<ChatCompletion> {
    if (call.idempotencyKey === undefined) return completeChat(dependencies, call, request);
    const { key, body, known } = this.#find(call, request);
    const answer = known && 'completion' in known ? known : this.#start(key, body, dependencies, call, request);
    answer.waiting += 1;
    clearTimeout(answer.timer);
    try {
      const completion = await unlessAborted(answer.completion, call.signal);
      Object.assign(call.record, answer.record, { startedAt: call.record.startedAt });
      return completion;
    } finally {
      answer.waiting -= 1;
      if (answer.waiting === 0 && !answer.done) {
        answer.timer = setTimeout(() => {
          answer.abort.abort();
          this.#forget(key, answer);
        }, this.#options.graceMs);
        answer.timer.unref();
      }
    }
  }

  #start(
    key: string,
    body: string,
    dependencies: ChatDependencies,
    call: Call,
    request: ChatCompletionRequest,
  ): WholeAnswer {
    const abort = new AbortController();
    const record = { ...call.record };
    const completion = completeChat(dependencies, { ...call, record, signal: abort.signal }, request);
    const answer: WholeAnswer = { completion, record, abort, waiting: 0, done: false, timer: undefined };
    this.#byKey.set(key, { body, answer });
    const settle = (keepMs: number) => (): void => {
      answer.done = true;
      clearTimeout(answer.timer);
      this.#forgetLater(key, answer, keepMs);
    };
    completion.then(settle(this.#options.keepMs), settle(0));
    return answer;
  }

  #find(
    { owner, idempotencyKey }: Omit<Call, 'signal'>,
    request: ChatCompletionRequest,
  ): { key: string; body: string; known: Repeatable['answer'] | undefined } {
    const key = `${owner}\0${idempotencyKey}`;
    const body = createHash('sha256').update(JSON.stringify(request)).digest('base64');
    const found = this.#byKey.get(key);
    if (found && found.body !== body) {
      throw new TrestleError('idempotency_conflict', 'This Idempotency-Key was used for another request', {
        param: null,
      });
    }
    return { key, body, known: found?.answer };
  }

  #forgetLater(key: string, answer: Repeatable['answer'], milliseconds: number): void {
    setTimeout(() => this.#forget(key, answer), milliseconds).unref();
  }

  #forget(key: string, answer: Repeatable['answer']): void {
    if (this.#byKey.get(key)?.answer === answer) this.#byKey.delete(key);
  }
}

/** Rejects as soon as the signal aborts, whatever becomes of the promise. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = (): void => {};
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
  });
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
