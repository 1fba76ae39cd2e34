import { type Dispatcher, Pool } from 'undici';
import type { Attempt } from './attempt.ts';
import { UpstreamBody } from './body.ts';

const KEEP_ALIVE_MS = 60_000;

export interface UpstreamRequest {
  method: 'GET' | 'POST';
  /** Below the base URL, with its query. */
  path: string;
  headers: Record<string, string>;
  /** JSON. */
  body: Uint8Array | null;
}

export interface UpstreamResponse {
  status: number;
  /** In lower case. */
  headers: Record<string, string>;
  body: UpstreamBody;
}

/** Requests to Claude over a pool of kept-alive connections, without web streams. */
export class Transport {
  readonly #pool: Pool;
  readonly #prefix: string;

  constructor(baseUrl: string) {
    const { origin, pathname } = new URL(baseUrl);
    this.#prefix = pathname.replace(/\/+$/, '');
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
  send(request: UpstreamRequest, attempt: Attempt): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      let body: UpstreamBody | undefined;
      let running: Dispatcher.DispatchController | undefined;
      // Until the connection stands there is nothing to abort, and that may take long.
      attempt.onAbort = () => {
        const error = new Error('the request was aborted');
        running?.abort(error);
        reject(error);
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
          body = new UpstreamBody(controller);
          resolve({ status, headers: flatten(headers), body });
        },
        onResponseData(_controller, chunk) {
          body?.push(chunk);
        },
        onResponseEnd() {
          attempt.onAbort = undefined;
          body?.end();
        },
        onResponseError(_controller, error) {
          attempt.onAbort = undefined;
          if (body === undefined) reject(error);
          else body.end(error);
        },
      };
      this.#pool.dispatch({ ...request, path: this.#prefix + request.path }, handler);
    });
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
