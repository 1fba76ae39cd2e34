import type { Reply } from './ask.ts';

/** What a 500 of ours says; Claude's own failures have other words. */
const OURS = 'The server had an internal error';

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf({ door, status, type, text }: Reply): string | undefined {
  if (text.includes(OURS)) return 'a failure of our own';
  if (status === undefined) return undefined;
  // Claude's own bytes pass as they are, garbage too.
  if (door.startsWith('/v1/messages') && type?.startsWith('text/event-stream')) return undefined;
  if (type?.startsWith('text/event-stream')) return faultOfStream(text);
  if (status < 400 || text === '') return undefined;
  return isEnvelope(text) ? undefined : `no envelope under the status ${status}`;
}

function isEnvelope(text: string): boolean {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return false;
  }
  // Anthropic's.
  if ((body as { type?: unknown } | null)?.type === 'error')
    return typeof (body as { error?: { type?: unknown } }).error?.type === 'string';
  return (Array.isArray(body) ? body : [body]).every((entry: { error?: unknown; result?: unknown }) => {
    if (entry?.error === undefined) return entry?.result !== undefined;
    const { json } = entry.error as { json?: { data?: { error?: unknown } } };
    return isError(json === undefined ? entry.error : json.data?.error);
  });
}

function isError(error: unknown): boolean {
  const { message, type, param, code } = (error ?? {}) as Record<string, unknown>;
  return (
    typeof message === 'string' &&
    message !== '' &&
    typeof type === 'string' &&
    (param === null || typeof param === 'string') &&
    (code === null || typeof code === 'string')
  );
}

/** Each record is JSON; of ours a stream ends with `[DONE]`, an error, or tRPC's own last event. */
function faultOfStream(text: string): string | undefined {
  for (const record of text.split('\n\n')) {
    const [, data] = /^data: (.*)$/m.exec(record) ?? [];
    if (data === undefined || data === '[DONE]' || data === '') continue;
    try {
      JSON.parse(data);
    } catch {
      return `a record that is no JSON: ${data.slice(0, 100)}`;
    }
  }
  return /data: \[DONE\]|"error":|event: (return|serialized-error|message_stop|error|response\.(completed|incomplete|failed))|^$/.test(
    text,
  )
    ? undefined
    : 'a stream without an end';
}
