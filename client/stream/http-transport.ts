import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { TrestleError } from '../../shared/error.ts';
import { LIVENESS } from '../../shared/liveness.ts';
import { SilenceWatch } from '../../shared/silence-watch.ts';
import type { Fetch } from '../errors/checked-fetch.ts';
import { connectionError, nobodyIsThere, wasCut } from '../errors/connection-error.ts';
import { envelopeOf, isOfProxy, parseJson, toErrorOfAnswer, toErrorOfEvent } from '../errors/error-answer.ts';
import { isDraining, Patience, retryDelay } from './patience.ts';
import { readSse } from './read-sse.ts';
import { completionOf, isRepeated, toStreamRequest } from './stream-request.ts';
import type { StreamCall, StreamSink, StreamTransport } from './transport.ts';

/** How fast a request gets to the server at least, in bytes a second. */
const SLOWEST_UPLOAD = 64 * 1024;

export interface HttpTransportOptions {
  /** The server's URL, without a slash at its end. */
  url: string;
  headers: Record<string, string>;
  fetch: Fetch | undefined;
  /** Ends Claude's work on an answer: over HTTP one that is left looks like one whose connection was lost. */
  cancel(which: { id: string } | { idempotencyKey: string }): void;
}

/**
 * Streams over HTTP: a POST whose answer is server-sent events, and after a lost connection the same POST under the
 * same `Idempotency-Key`, or the rest of the answer by the id of the last event. Tried again are lost connections,
 * servers that are about to stop, and what a proxy answers in the place of one.
 */
export function createHttpTransport(options: HttpTransportOptions): StreamTransport {
  return (call, sink) => {
    const stream = new HttpStream(options, call, sink);
    void stream.run();
    return () => stream.stop();
  };
}

class HttpStream {
  readonly #options: HttpTransportOptions;
  readonly #call: StreamCall;
  readonly #sink: StreamSink;
  readonly #patience = new Patience((error) => this.#giveUp(error));
  #lastEventId: string | undefined;
  #answered = false;
  /** A try may have reached the server. */
  #reached = false;
  #asking = false;
  /** Why there is no other try after the one under way. */
  #spent: TrestleError | undefined;
  #over = false;
  /** Ends the try under way, or the wait for the next one. */
  #attempt = new AbortController();

  constructor(options: HttpTransportOptions, call: StreamCall, sink: StreamSink) {
    this.#options = options;
    this.#call = call;
    this.#sink = sink;
    if ('lastEventId' in call) this.#lastEventId = call.lastEventId;
  }

  stop(): void {
    this.#finish(() => {
      if (this.#lastEventId !== undefined) this.#options.cancel({ id: completionOf(this.#lastEventId) });
      else if ('idempotencyKey' in this.#call) this.#options.cancel({ idempotencyKey: this.#call.idempotencyKey });
    });
  }

  /** Never rejects. */
  async run(): Promise<void> {
    for (let failed = 0; !this.#over; failed += 1) {
      const before = this.#lastEventId;
      let waitMs = 0;
      this.#attempt = new AbortController();
      try {
        await this.#read(await this.#ask(failed > 0 || this.#answered));
      } catch (thrown) {
        if (thrown instanceof TrestleError) waitMs = (thrown.retryAfter ?? 0) * 1000;
        if (!(thrown instanceof TrestleError) || isLoss(thrown)) this.#lost(thrown);
        else this.#finish(() => this.#sink.fail(thrown));
      }
      if (this.#over) return;
      if (this.#lastEventId !== before) failed = 0;
      this.#attempt = new AbortController();
      await sleep(Math.max(waitMs, retryDelay(failed)), this.#attempt.signal);
    }
  }

  /** Throws a `TrestleError` for an answer that is an error, and anything else when the connection failed. */
  async #ask(again: boolean): Promise<Response> {
    const { fetch = globalThis.fetch } = this.#options;
    const { signal } = this.#attempt;
    const { url, init } = toStreamRequest(this.#options.url, this.#options.headers, this.#call, this.#lastEventId);
    // The server begins its answer in time, whatever Claude does.
    const uploadMs = ((init.body?.length ?? 0) / SLOWEST_UPLOAD) * 1000;
    const watch = new SilenceWatch(LIVENESS.silence + uploadMs, () => this.#attempt.abort(new Error('no answer came')));
    this.#asking = true;
    try {
      const response = await fetch(url, { ...init, signal });
      if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
      const body = parseJson(await response.text());
      const error = toErrorOfAnswer(response, body);
      if (!again || !isOfProxy(response, body)) throw error;
      throw connectionError('The connection to Trestle failed', error, error.retryAfter);
    } finally {
      this.#asking = false;
      watch.stop();
    }
  }

  /** Reads to the end, or throws. */
  async #read(response: Response): Promise<void> {
    this.#answered = true;
    this.#spent = undefined;
    this.#patience.connected();
    if (!this.#over) this.#sink.state('open');
    const attempt = this.#attempt;
    const events = readSse(response, () => attempt.abort(new Error('the connection fell silent')));
    for await (const { id, data } of events) {
      if (this.#over) return;
      if (data === '[DONE]') {
        // Read to its end, the answer leaves a connection that the next one can use.
        this.#settle(() => this.#sink.end());
        continue;
      }
      const body = parseJson(data);
      const error = envelopeOf(body);
      if (error) throw toErrorOfEvent(response, error);
      if (body === undefined || id === undefined) throw toErrorOfAnswer(response, undefined);
      if (isRepeated(id, this.#lastEventId)) continue;
      this.#lastEventId = id;
      this.#patience.progressed();
      // Sound: the server writes nothing else.
      await this.#sink.chunk(body as ChatCompletionChunk, id);
    }
    if (!this.#over) throw new Error('the answer broke off');
  }

  #lost(thrown: unknown): void {
    if (this.#over) return;
    const reached = this.#answered || this.#reached;
    if (!reached && nobodyIsThere(thrown)) {
      return this.#finish(() => this.#sink.fail(connectionError('The connection to Trestle failed', thrown)));
    }
    if (this.#spent) return this.#giveUp(this.#spent);
    this.#reached ||= thrown instanceof TrestleError || wasCut(thrown);
    this.#sink.state(this.#answered ? 'resuming' : 'connecting');
    this.#patience.lost(thrown, this.#answered || this.#reached);
  }

  /** A request that is under way may have reached the server, which takes its time to begin: only then it is waited for. */
  #giveUp(error: TrestleError): void {
    if (this.#asking && this.#lastEventId === undefined) this.#spent = error;
    else this.#finish(() => this.#sink.fail(error));
  }

  #finish(tell: () => void): void {
    if (!this.#over) this.#attempt.abort();
    this.#settle(tell);
  }

  #settle(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#patience.connected();
    tell();
  }
}

function isLoss(error: TrestleError): boolean {
  return isDraining(error) || error.code === 'connection_error';
}

/** Resolves in time, or at once when the signal aborts. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
