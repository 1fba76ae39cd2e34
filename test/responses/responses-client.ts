import OpenAI from 'openai-7';
import type { Response as TrestleResponse } from '../../shared/responses/response.ts';
import type { AppResource } from '../support/app-resource.ts';

export const model = 'claude-sonnet-5-5';

/** OpenAI's client; the key is another one where it is given. */
export function clientOf({ url, apiKey }: AppResource, key = apiKey): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
}

/** A request as it is sent. */
export function post(
  { url, apiKey }: AppResource,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
    body: JSON.stringify({ model, ...body }),
  });
}

/** An event as it comes. */
export interface WireEvent {
  type: string;
  sequence_number: number;
  delta?: string;
  response?: TrestleResponse;
}

/** The events of a stream's text. */
export function eventsIn(text: string): WireEvent[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!) as WireEvent);
}
