import { once } from 'node:events';
import { createTrestleClient, TrestleError } from '../index.ts';

const INTERRUPTED = 130;

export interface ChatSettings {
  model: string;
  url: string;
  /** Empty: none. */
  key: string;
}

/**
 * Streams the answer to stdout, and what could not be honoured to stderr. Ctrl-C ends it with exit code 130; a reader
 * of stdout that goes first, as `head` does, ends it as if it were complete.
 */
export async function chat(message: string, { model, url, key }: ChatSettings): Promise<void> {
  const client = createTrestleClient({ url, apiKey: key || undefined });
  const leaving = new AbortController();
  const leave = (): void => {
    process.exitCode = INTERRUPTED;
    leaving.abort();
  };
  let lost: NodeJS.ErrnoException | undefined;
  process.once('SIGINT', leave);
  // What was written already may fail as well, after the first failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    lost = error;
    leaving.abort();
  });
  try {
    const request = { model, messages: [{ role: 'user' as const, content: message }] };
    for await (const { choices, notices } of client.stream(request, { signal: leaving.signal })) {
      const delta = choices[0]?.delta;
      if (!process.stdout.write(delta?.content ?? delta?.refusal ?? '')) {
        await once(process.stdout, 'drain', { signal: leaving.signal });
      }
      for (const notice of notices ?? []) process.stderr.write(`\n${notice.param} ${notice.action}: ${notice.message}`);
    }
    process.stdout.write('\n');
  } catch (thrown) {
    if (lost && lost.code !== 'EPIPE') throw lost;
    if (!leaving.signal.aborted)
      throw thrown instanceof TrestleError ? new Error(describe(thrown), { cause: thrown }) : thrown;
  } finally {
    process.removeListener('SIGINT', leave);
    await client.close();
  }
}

function describe({ message, status, code, type, requestId }: TrestleError): string {
  const facts = [status || undefined, code ?? type, requestId].filter((fact) => fact !== undefined);
  return `${message} (${facts.join(', ')})`;
}
