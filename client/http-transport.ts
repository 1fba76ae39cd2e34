import type { ChatCompletionChunk } from '../shared/chat-chunk.ts';
import { TrestleError } from '../shared/error.ts';
import { LIVENESS } from '../shared/liveness.ts';
import { SilenceWatch } from '../shared/silence-watch.ts';
import type { Fetch } from './checked-fetch.ts';
import { connectionError, nobodyIsThere } from './connection-error.ts';
import { envelopeOf, parseJson, toErrorOfAnswer, toErrorOfEvent } from './error-answer.ts';
import { readSse } from './read-sse.ts';
import { Patience, retryDelay } from './reconnect.ts';
import type { StreamCall, StreamSink, StreamTransport } from './stream-transport.ts';

/** How fast a request gets to the server at least, in bytes a second. */
const SLOWEST_UPLOAD = 64 * 1024;

export interface HttpTransportOptions {
  /** Of the server, without a slash at its end. */
  url: string;
  headers: Record<string, string>;
  fetch: Fetch | undefined;
  /** Ends Claude's work on an answer: over HTTP one that is left looks like one whose connection was lost. */
  cancel(which: { id: string } | { idempotencyKey: string }): void;
}

/**
 * Streams over HTTP: a POST whose answer is server-sent events, and after a lost connection the same POST under the
 * same `Idempotency-Key`, or the rest of the answer by the id of the last event. Only lost connections are tried again.
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
  #asking = false;
  /** Why there is no other try after the one under way. */
  #spent: TrestleError | undefined;
  #over = false;
  /** Of the try under way, or of the wait for the next one. */
  #attempt = new AbortController();

  constructor(options: HttpTransportOptions, call: StreamCall, sink: StreamSink) {
    this.#options = options;
    this.#call = call;
    this.#sink = sink;
    if ('lastEventId' in call) this.#lastEventId = call.lastEventId;
  }

  stop(): void {
    this.#finish(() => {
      const id = this.#id;
      if (id !== undefined) this.#options.cancel({ id });
      else if ('idempotencyKey' in this.#call) this.#options.cancel({ idempotencyKey: this.#call.idempotencyKey });
    });
  }

  /** Never rejects. */
  async run(): Promise<void> {
    for (let failed = 0; !this.#over; failed += 1) {
      const before = this.#lastEventId;
      this.#attempt = new AbortController();
      try {
        await this.#read(await this.#ask());
      } catch (thrown) {
        if (thrown instanceof TrestleError) this.#finish(() => this.#sink.fail(thrown));
        else this.#lost(thrown);
      }
      if (this.#over) return;
      if (this.#lastEventId !== before) failed = 0;
      this.#attempt = new AbortController();
      await sleep(retryDelay(failed), this.#attempt.signal);
    }
  }

  get #id(): string | undefined {
    return this.#lastEventId?.replace(/:-?\d+$/, '');
  }

  /** Throws a `TrestleError` for an answer that is an error, and anything else when the connection failed. */
  async #ask(): Promise<Response> {
    const { url, headers, fetch = globalThis.fetch } = this.#options;
    const { signal } = this.#attempt;
    const address = `${url}/v1/chat/completions`;
    const init =
      this.#lastEventId === undefined && 'request' in this.#call
        ? {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': this.#call.idempotencyKey },
            body: JSON.stringify({ ...this.#call.request, stream: true }),
          }
        : { headers: { ...headers, 'last-event-id': this.#lastEventId ?? '' } };
    // The server begins its answer in time, whatever Claude does.
    const uploadMs = ((init.body?.length ?? 0) / SLOWEST_UPLOAD) * 1000;
    const watch = new SilenceWatch(LIVENESS.silence + uploadMs, () => this.#attempt.abort(new Error('no answer came')));
    this.#asking = true;
    try {
      const response = await fetch('body' in init ? address : `${address}/${this.#id}/events`, { ...init, signal });
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (response.ok && isStream && response.body) return response;
      throw toErrorOfAnswer(response, parseJson(await response.text()));
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
    const events = readSse(response.body!, () => attempt.abort(new Error('the connection fell silent')));
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
      this.#lastEventId = id;
      this.#patience.progressed();
      // Sound: the server writes nothing else.
      await this.#sink.chunk(body as ChatCompletionChunk, id);
    }
    if (!this.#over) throw new Error('the answer broke off');
  }

  #lost(thrown: unknown): void {
    if (this.#over) return;
    if (!this.#answered && nobodyIsThere(thrown)) {
      return this.#finish(() => this.#sink.fail(connectionError('The connection to Trestle failed', thrown)));
    }
    if (this.#spent) return this.#giveUp(this.#spent);
    this.#sink.state(this.#answered ? 'resuming' : 'connecting');
    this.#patience.lost(thrown, this.#answered);
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
