import type { AppResource } from '../support/app-resource.ts';
import { readToCut } from '../support/rest-request.ts';

/** A model that answers in text alone unless it is asked to think. */
export const MODEL = 'claude-haiku-4-5';

export interface PostOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** `POST /v1/chat/completions` with a valid key; `fields` lie over a minimal request. */
export function postChat(
  { url, apiKey }: Pick<AppResource, 'url' | 'apiKey'>,
  fields: object = {},
  { signal, headers }: PostOptions = {},
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }], ...fields }),
    signal: signal ?? null,
  });
}

export interface SseData {
  error?: { message: string; type: string; param: string | null; code: string | null };
  choices?: { delta: { content?: string }; finish_reason: string | null }[];
}

/** The `data:` of each event in order, parsed; `[DONE]` stays text. */
export async function readSse(response: Response): Promise<(SseData | '[DONE]')[]> {
  // One that breaks is cut after its error.
  const { text } = await readToCut(response);
  return text
    .split('\n\n')
    .map((record) => record.replace(/^id: .*\n/, '').replace(/\nevent: error$/, ''))
    .filter((record) => record.startsWith('data: '))
    .map((record) => (record === 'data: [DONE]' ? '[DONE]' : (JSON.parse(record.slice(6)) as SseData)));
}

/** All text of a streamed answer. */
export function textOf(data: readonly (SseData | '[DONE]')[]): string {
  return data
    .flatMap((one) => (one === '[DONE]' ? [] : (one.choices ?? [])))
    .reduce((text, { delta }) => text + (delta.content ?? ''), '');
}
