import { workerOf } from '../../server/chat/completion-id.ts';
import { eventually } from '../support/eventually.ts';
import type { FakeClaude } from '../support/fake-claude.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface FreshInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  key?: string;
}

/** A server of two workers, with a fake Claude of the test's own. */
export interface WorkerServer extends AsyncDisposable {
  server: ServerProcess;
  url: string;
  apiKey: string;
  /** A request over a connection of its own: those go to the workers in turn. */
  fetch(path: string, init?: FreshInit): Promise<Response>;
  post(fields: object, headers?: Record<string, string>): Promise<Response>;
  /** The numbers of `/metrics` by name, labels included. */
  metrics(): Promise<Record<string, number>>;
}

export async function startWorkers(fake: FakeClaude, environment: Record<string, string> = {}): Promise<WorkerServer> {
  const server = startServer({
    ANTHROPIC_API_KEY: 'test-upstream-key',
    ANTHROPIC_BASE_URL: fake.url,
    TRESTLE_API_KEYS: 'test-key,other-key',
    TRESTLE_WORKERS: '2',
    ...environment,
  });
  const url = await server.url().catch(async (thrown: unknown) => {
    // Nobody else has it, and it would go on for good.
    await server[Symbol.asyncDispose]();
    throw thrown;
  });
  const workers: WorkerServer = {
    server,
    url,
    apiKey: 'test-key',
    fetch: (path, { key = 'test-key', headers, ...init } = {}) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${key}`, connection: 'close', ...headers } }),
    post: (fields, headers) =>
      workers.fetch('/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }], ...fields }),
      }),
    metrics: async () => {
      const text = await (await workers.fetch('/metrics')).text();
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      return Object.fromEntries(
        lines.map((line): [string, number] => [
          line.slice(0, line.lastIndexOf(' ')),
          Number(line.slice(line.lastIndexOf(' '))),
        ]),
      );
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return workers;
}

/** The worker that made an answer. */
export async function workerThatAnswered(response: Response): Promise<number> {
  return workerOf(((await response.json()) as { id: string }).id);
}

export interface GatedAnswer {
  events: object[];
  open(): void;
}

/** An answer of these words; from the one at `gate` on they wait. */
export function gatedWords(words: readonly string[], gate: number): GatedAnswer {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const events = [
    { type: 'message_start', message: { id: 'msg_1', model: MODEL, content: [], usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...words.flatMap((text, index): unknown[] => [
      ...(index === gate ? [() => opened] : []),
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    ]),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: words.length } },
    { type: 'message_stop' },
  ];
  return { events: events as object[], open };
}

/** Reads a stream until it has said something, and then leaves it; gives the id of the last event. */
export async function readAndLeave(response: Response, word: string): Promise<string> {
  let seen = '';
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    seen += text;
    if (seen.includes(word)) break;
  }
  return [...seen.matchAll(/^id: (.+)$/gm)].at(-1)![1]!;
}

export function messageCalls({ requests }: FakeClaude): number {
  return requests.filter(({ path }) => path === '/v1/messages').length;
}

/** Waits until the server's log holds a line. */
export function logged({ server }: WorkerServer, text: string): Promise<void> {
  return eventually(
    () => {
      if (!server.stdout.includes(text)) throw new Error(`not logged: ${text}\n${server.stdout}${server.stderr}`);
    },
    { timeout: 20_000, interval: 20 },
  );
}

export const THOUGHT = 'I look at the clock.';

/** Has Claude think and call a tool, and gives the request that follows, of a client that knows nothing of thinking. */
export async function beginToolLoop(workers: WorkerServer, fake: FakeClaude): Promise<object> {
  const request = {
    model: 'claude-opus-5-5',
    max_tokens: 8000,
    reasoning_effort: 'high',
    tools: [{ type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } }],
  };
  const question = { role: 'user', content: 'What time is it?' };
  fake.reply({
    message: {
      content: [
        { type: 'thinking', thinking: THOUGHT, signature: '' },
        { type: 'tool_use', id: 'toolu_clock', name: 'now', input: {} },
      ],
      stop_reason: 'tool_use',
    },
  });
  fake.replyWith(() => ({ message: { content: [{ type: 'text', text: 'Noon.' }] } }));
  const answer = (await (await workers.post({ ...request, messages: [question] })).json()) as {
    choices: [{ message: { tool_calls: [{ id: string }] } }];
  };
  const { tool_calls: calls } = answer.choices[0].message;
  const result = { role: 'tool', tool_call_id: calls[0].id, content: 'noon' };
  const messages = [question, { role: 'assistant', content: null, tool_calls: calls }, result];
  return { ...request, messages };
}
