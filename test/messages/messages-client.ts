import Anthropic from '@anthropic-ai/sdk';
import type { AppResource } from '../support/app-resource.ts';

export const model = 'claude-sonnet-5-5';
export const messages = [{ role: 'user' as const, content: 'Hello' }];
export const HELLO = { model, max_tokens: 100, messages };

export function clientOf({ url, apiKey }: AppResource, maxRetries = 0): Anthropic {
  return new Anthropic({ baseURL: url, apiKey, maxRetries });
}

interface Sent {
  path?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export function post(
  { url, apiKey }: AppResource,
  body: unknown,
  { path = '/v1/messages', headers, signal }: Sent = {},
) {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

/** The bytes of a stream, as Claude would write them. */
export function sseOf(events: readonly object[]): string {
  return events
    .map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}

export const WHOLE = sseOf([
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  },
  { type: 'ping' },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße 😀' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
]);
