/** The shortest request that every model takes. */
export const HELLO = {
  model: 'claude-sonnet-5-5',
  messages: [{ role: 'user', content: 'Hello' }],
} as const;

export interface PostOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A request to `POST /v1/chat/completions`; a string goes out as it is, anything else as JSON. */
export async function postChat(
  target: { url: string; apiKey: string },
  body: unknown,
  { headers, signal }: PostOptions = {},
): Promise<Response> {
  return await fetch(`${target.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.apiKey}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

/** The inner object of an error envelope. */
export interface WireError {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** The error that an answer carries; throws when its body is anything but an envelope. */
export async function errorOf(response: Response): Promise<WireError> {
  const text = await response.text();
  const body = JSON.parse(text) as { error?: WireError };
  if (typeof body.error?.message !== 'string') throw new Error(`no error envelope: ${text}`);
  return body.error;
}

interface WireDelta {
  role?: string;
  content?: string | null;
  refusal?: string | null;
}

/** A chunk as it came over the wire, with what tests look at. */
export interface WireChunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; delta: WireDelta; finish_reason: string | null }[];
  usage?: Record<string, unknown> | null;
  error?: WireError;
}

/** What an event stream held. */
export interface ReadSse {
  /** The JSON of each `data:` line, in order, `[DONE]` left out. */
  chunks: WireChunk[];
  /** Whether `data: [DONE]` was the very last record. */
  done: boolean;
  comments: string[];
}

/** The text of a stream up to its last event; of a broken one the connection is cut only a moment later. */
export async function readToLastEvent(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes, { stream: true });
    if (/(?:\[DONE\]|event: error)\n\n$/.test(text)) break;
  }
  return text;
}

/** The text of an answer up to its end, and whether its connection was cut there. */
export async function readToCut(response: Response): Promise<{ text: string; cut: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body!) text += decoder.decode(bytes, { stream: true });
    return { text, cut: false };
  } catch {
    return { text, cut: true };
  }
}

/** Parses the text of an event stream; throws when a record is neither a comment nor one `data:` line, as an error's is before its `event:`. */
export function parseSse(text: string): ReadSse {
  if (text !== '' && !text.endsWith('\n\n')) throw new Error(`unfinished record at the end: ${text.slice(-80)}`);
  const records = text.split('\n\n').slice(0, -1);
  const comments = records.filter((record) => record.startsWith(':'));
  const data = records.filter((record) => !record.startsWith(':')).map(dataOf);
  const done = data.at(-1) === '[DONE]' && records.at(-1) === 'data: [DONE]';
  return {
    chunks: data.filter((entry) => entry !== '[DONE]').map((entry) => JSON.parse(entry) as WireChunk),
    done,
    comments,
  };
}

/** The text that the chunks of a stream add up to. */
export function contentOf(chunks: readonly WireChunk[]): string {
  return chunks.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('');
}

function dataOf(record: string): string {
  const [, data] = /^(?:id: \S+\n)?data: (.*?)(?:\nevent: error)?$/.exec(record) ?? [];
  if (data === undefined) throw new Error(`not a data record: ${record}`);
  return data;
}
