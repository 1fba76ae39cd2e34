import type { ErrorObject } from '../shared/error-response.ts';
import { TrestleError } from '../shared/error.ts';

type Fetch = typeof globalThis.fetch;

/** As much of a response as tRPC's links read. */
interface Answer {
  json(): Promise<unknown>;
}

/**
 * A fetch for tRPC's links that throws a `TrestleError` for answers that tRPC can't read: envelopes from
 * before the procedure (a body that is too large, an origin that may not call), and pages of a proxy.
 */
export function checkedFetch(fetch: Fetch = globalThis.fetch): (url: string | URL, init?: object) => Promise<Answer> {
  return async (url, init) => {
    // Called as a plain function: browsers refuse `fetch` as a method of something else.
    const response = await fetch(url, init);
    const body = parseJson(await response.text());
    const envelope = envelopeOf(body);
    if (body === undefined || envelope) {
      const requestId = response.headers.get('x-request-id') ?? undefined;
      throw TrestleError.fromWire(response.status, envelope ?? unreadable(response), requestId);
    }
    return { json: async () => body };
  };
}

/** tRPC's own errors hold `error.json`; OpenAI's envelope holds `error.message`. */
function envelopeOf(body: unknown): ErrorObject | undefined {
  const { error } = (body ?? {}) as { error?: Partial<ErrorObject> };
  if (typeof error?.message !== 'string' || typeof error.type !== 'string') return undefined;
  return { param: null, code: null, ...error } as ErrorObject;
}

function unreadable({ status }: Response): ErrorObject {
  const type = status >= 400 && status < 500 ? 'invalid_request_error' : 'server_error';
  return { message: `What answered with ${status} does not speak Trestle's contract`, type, param: null, code: null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
