import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './contract/openapi-types.ts';

export type { components, paths };

export interface TrestleRestClientOptions {
  /** Where the server answers, e.g. `http://127.0.0.1:8787`. */
  url: string;
  /** One of the server's TRESTLE_API_KEYS. */
  apiKey?: string | undefined;
  /** Refuse what can't be honoured as asked, instead of naming it in a notice. @default false */
  strict?: boolean | undefined;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined;
}

export type TrestleRestClient = Client<paths, 'application/json'>;

/**
 * The REST routes, typed by openapi.json. Calls resolve to `{ data, error, response }`; they throw only
 * when no answer comes.
 */
export function createTrestleRestClient({ url, apiKey, strict, fetch }: TrestleRestClientOptions): TrestleRestClient {
  return createClient<paths, 'application/json'>({
    baseUrl: url,
    ...(fetch && { fetch }),
    headers: {
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      ...(strict && { 'x-trestle-strict': 'true' }),
    },
  });
}
