import { Agent, type Dispatcher } from 'undici';
import { UpstreamBody } from './body.ts';

/**
 * Headers of the SDK that go on to Claude. Left out on purpose: its telemetry (`x-stainless-*`) and
 * whatever ANTHROPIC_CUSTOM_HEADERS adds behind the configuration's back.
 */
const FORWARDED = [
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'authorization',
  'content-type',
  'user-agent',
  'x-api-key',
];

const KEEP_ALIVE_MS = 60_000;

/** A `fetch` for the SDK over a pool of kept-alive connections, without web streams. */
export interface Transport {
  fetch: typeof fetch;
  close(): Promise<void>;
}

export function createTransport(): Transport {
  // Our own timers replace undici's: theirs are coarse, and can't tell a slow Claude from a slow reader.
  const agent = new Agent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connections: null,
    pipelining: 1,
  });
  return {
    fetch: (input, init) => dispatch(agent, input instanceof Request ? input.url : input.toString(), init ?? {}),
    close: () => agent.destroy(),
  };
}

function dispatch(agent: Agent, url: string, init: RequestInit): Promise<Response> {
  const { origin, pathname, search } = new URL(url);
  const headers = new Headers(init.headers);
  const sent: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = headers.get(name);
    if (value !== null) sent[name] = value;
  }
  const { signal } = init;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError());
      return;
    }
    let body: UpstreamBody | undefined;
    let request: Dispatcher.DispatchController | undefined;
    // Until the connection stands there is nothing to abort, and that may take long.
    const abort = (): void => {
      request?.abort(abortError());
      reject(abortError());
    };
    const release = (): void => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort, { once: true });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        request = controller;
        if (signal?.aborted) abort();
      },
      onResponseStart(controller, status, responseHeaders) {
        if (status < 200) return;
        body = new UpstreamBody(controller);
        resolve(toResponse(status, responseHeaders, body));
      },
      onResponseData(_controller, chunk) {
        body?.push(chunk);
      },
      onResponseEnd() {
        release();
        body?.end();
      },
      onResponseError(_controller, error) {
        release();
        if (body === undefined) reject(error);
        else body.end(error);
      },
    };
    agent.dispatch(
      {
        origin,
        path: pathname + search,
        method: init.method ?? 'GET',
        headers: sent,
        body: (init.body as string | undefined) ?? null,
      },
      handler,
    );
  });
}

/**
 * The part of `Response` that the SDK reads: status, headers, and the text of an error.
 * Sound because {@link dispatch} is private to the SDK's client in this folder.
 */
function toResponse(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: UpstreamBody,
): Response {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  const text = (): Promise<string> => readText(body);
  const response = {
    status,
    ok: status >= 200 && status < 300,
    headers: new Headers(entries),
    body,
    text,
    json: async (): Promise<unknown> => JSON.parse(await text()),
  };
  return response as unknown as Response;
}

/** Reads a body to its end, as UTF-8. Rejects when the connection breaks first. */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function abortError(): DOMException {
  return new DOMException('The request was aborted', 'AbortError');
}
