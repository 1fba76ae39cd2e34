import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** One request as it arrived. */
export interface RecordedRequest {
  method: string;
  /** With the query string. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed JSON body; undefined when there is none or it does not parse. */
  body: unknown;
  rawBody: string;
  /** Resolves when the answer is over, with `performance.now()` in ms: sent whole, or the client went away. */
  closed: Promise<number>;
  /** Whether the whole answer was handed to the network; final once `closed` has resolved. */
  finished: boolean;
}

interface Waiter {
  count: number;
  path: string;
  resolve: (request: RecordedRequest) => void;
}

export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  #waiters: Waiter[] = [];

  add(incoming: IncomingMessage, response: ServerResponse, rawBody: string | null): RecordedRequest {
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: parsed(rawBody),
      rawBody: rawBody ?? '',
      closed: new Promise((resolve) => {
        response.once('close', () => resolve(performance.now()));
      }),
      finished: false,
    };
    response.once('finish', () => (request.finished = true));
    this.requests.push(request);
    this.#notify();
    return request;
  }

  async waitFor(count = 1, path = '/v1/messages'): Promise<RecordedRequest> {
    return this.#find(count, path) ?? (await new Promise((resolve) => this.#waiters.push({ count, path, resolve })));
  }

  #find(count: number, path: string): RecordedRequest | undefined {
    return this.requests.filter((request) => request.path.split('?')[0] === path)[count - 1];
  }

  #notify(): void {
    this.#waiters = this.#waiters.filter(({ count, path, resolve }) => {
      const request = this.#find(count, path);
      if (request !== undefined) resolve(request);
      return request === undefined;
    });
  }
}

function parsed(rawBody: string | null): unknown {
  try {
    return JSON.parse(rawBody ?? '');
  } catch {
    return undefined;
  }
}
