import OpenAI, { toFile } from 'openai-7';
import type { AppResource } from './app-resource.ts';

/** A line of a batch's output or error file. */
export interface BatchLine {
  id: string;
  custom_id: string;
  response: { status_code: number; request_id: string; body: Record<string, unknown> } | null;
  error: { code: string; message: string } | null;
}

export type Endpoint = '/v1/chat/completions' | '/v1/responses';

export function batchClient({ url }: Pick<AppResource, 'url'>, apiKey = 'test-key'): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
}

/** Bodies as the lines of a file, with names that Claude would not take. */
export function linesOf(endpoint: Endpoint, bodies: readonly object[]): string {
  return bodies
    .map((body, index) => JSON.stringify({ custom_id: `request ${index}/ß`, method: 'POST', url: endpoint, body }))
    .join('\n');
}

/** A batch of these lines. */
export async function batchOf(
  openai: OpenAI,
  endpoint: Endpoint,
  lines: string,
  more: Partial<OpenAI.BatchCreateParams> = {},
): Promise<OpenAI.Batch> {
  const file = await openai.files.create({ file: await toFile(Buffer.from(lines), 'in.jsonl'), purpose: 'batch' });
  return await openai.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h', ...more });
}

/** The lines of a file by their names; none where there is no file. */
export async function readLines(openai: OpenAI, file: string | undefined): Promise<Map<string, BatchLine>> {
  if (file === undefined) return new Map();
  const text = await (await openai.files.content(file)).text();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as BatchLine);
  if (new Set(lines.map(({ custom_id: id }) => id)).size < lines.length) throw new Error('a request has two lines');
  return new Map(lines.map((line) => [line.custom_id, line]));
}
