import { createRequire } from 'node:module';
import type * as undici from 'undici';
import type { Dispatcher } from 'undici';
import type { Attempt } from './attempt.ts';
import { toText, UpstreamBody } from './body.ts';
import { LongText } from './long-text.ts';

/** The pool alone: the whole package is another 3 MB of heap, and 45 ms of each start. */
const Pool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof undici.Pool;

const KEEP_ALIVE_MS = 60_000;

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** At the transport's origin. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** JSON. */
  body: Uint8Array | LongText | null;
}

interface Head {
  status: number;
  /** In lower case. */
  headers: Record<string, string>;
}

/** An answer as it comes. */
export interface UpstreamResponse extends Head {
  body: UpstreamBody;
}

/** An answer that is all there. */
export interface WholeResponse extends Head {
  text: string;
}

/** Receives an answer: its head first, and its end last, with what broke it. */
interface Receiver {
  head(head: Head, controller: Dispatcher.DispatchController): void;
  data(chunk: Buffer): void;
  end(error?: Error): void;
}

/** Requests to Claude over a pool of kept-alive connections, without web streams. */
export class Transport {
  readonly #pool: undici.Pool;
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
    // Our own timers replace undici's: theirs are coarse, and can't tell a slow Claude from a slow reader.
    this.#pool = new Pool(origin, {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      connections: null,
      pipelining: 1,
    });
  }

  /** Resolves when the headers are there. Rejects when the connection fails, or the attempt is over before. */
  stream(request: UpstreamRequest, attempt: Attempt): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      let body: UpstreamBody | undefined;
      this.#dispatch(request, attempt, {
        head: ({ status, headers }, controller) => {
          body = new UpstreamBody(controller);
          resolve({ status, headers, body });
        },
        data: (chunk) => body!.push(chunk),
        end: (error) => {
          if (body) body.end(error);
          else reject(error!);
        },
      });
    });
  }

  /** Resolves when all of the answer is there. Rejects when the connection fails, or the attempt is over before. */
  whole(request: UpstreamRequest, attempt: Attempt): Promise<WholeResponse> {
    return new Promise((resolve, reject) => {
      let head: Head | undefined;
      const chunks: Buffer[] = [];
      this.#dispatch(request, attempt, {
        head: (given) => (head = given),
        data: (chunk) => chunks.push(chunk),
        end: (error) => {
          if (error) reject(error);
          else resolve({ status: head!.status, headers: head!.headers, text: toText(chunks) });
        },
      });
    });
  }

  #dispatch({ method, url, headers, body }: UpstreamRequest, attempt: Attempt, receiver: Receiver): void {
    let running: Dispatcher.DispatchController | undefined;
    // Until the connection stands there is nothing to abort, and that may take long.
    attempt.onAbort = () => {
      const error = new Error('the request was aborted');
      if (running) running.abort(error);
      else receiver.end(error);
    };
    if (attempt.aborted) {
      attempt.onAbort();
      return;
    }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        running = controller;
        if (attempt.aborted) attempt.onAbort?.();
      },
      onResponseStart(controller, status, headers) {
        if (status < 200) return;
        // They hold on to what the socket read, 5 kB for as long as a stream lasts.
        controller.rawHeaders = null;
        if (body instanceof LongText) body.release();
        receiver.head({ status, headers: flatten(headers) }, controller);
      },
      onResponseData: (_controller, chunk) => receiver.data(chunk),
      onResponseEnd() {
        attempt.onAbort = undefined;
        receiver.end();
      },
      onResponseError(_controller, error) {
        attempt.onAbort = undefined;
        receiver.end(error);
      },
    };
    const path = url.slice(this.#origin.length);
    const sent = body === null ? headers : { ...headers, 'content-length': String(body.byteLength) };
    // Sound: undici takes any iterable, which its types don't say.
    this.#pool.dispatch({ method, path, headers: sent, body: body as Uint8Array | null }, handler);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** Headers that came more than once are joined, as HTTP has it. */
function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = value.join(', ');
  }
  return headers as Record<string, string>;
}
