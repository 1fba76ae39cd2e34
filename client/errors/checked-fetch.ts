import { envelopeOf, parseJson, toErrorOfAnswer } from './error-answer.ts';

export type Fetch = typeof globalThis.fetch;

/** The part of a response that tRPC's links read. */
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
    if (body === undefined || envelopeOf(body)) throw toErrorOfAnswer(response, body);
    return { json: async () => body };
  };
}
