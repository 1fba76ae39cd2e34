import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Inside the project, where the built files still find its packages. */
const BUILD = `${ROOT}node_modules/.cache/bench`;

/** One of the bench's own programs, spoken to over IPC. */
export interface Worker {
  pid: number;
  /** Where it listens. */
  port: number;
  /** Sends a message and gives the answer to it; one at a time. */
  ask(message: object): Promise<Record<string, unknown>>;
}

/** Another server, reached over HTTP alone. */
export interface Server {
  pid: number;
  startedAt: number;
}

const children = new Set<ChildProcess>();

/** Ends whatever was started. */
export function stopAll(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
}
process.on('exit', stopAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Makes plain JavaScript of the bench's programs, so that none of them carries a loader's memory and time. */
export function buildPrograms(names: readonly string[] = ['fake-upstream', 'limit-proxy', 'load']): void {
  buildSync({
    entryPoints: names.map((name) => `${ROOT}bench/${name}.ts`),
    outdir: BUILD,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
}

export async function startWorker(name: string, args: string[] = []): Promise<Worker> {
  const child = fork(`${BUILD}/${name}.mjs`, args, { execArgv: [] });
  children.add(child);
  const ready = await answerOf(child, name);
  return { pid: child.pid!, port: Number(ready['port']), ask: asker(child, name) };
}

/** The next message of a program. Rejects when it is a failure, or the program ends. */
async function answerOf(child: ChildProcess, name: string): Promise<Record<string, unknown>> {
  const gone = new AbortController();
  const { signal } = gone;
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => [{ failure: `${name} ended` }]),
    ])) as [Record<string, unknown>];
    if ('failure' in message) throw new Error(String(message['failure']));
    return message;
  } finally {
    gone.abort();
  }
}

function asker(child: ChildProcess, name: string): Worker['ask'] {
  return (message) => {
    const answered = answerOf(child, name);
    child.send(message);
    return answered;
  };
}

/** Runs a Node program with its output in a file, as under a service manager. */
export function startServer(name: string, args: string[], environment: Record<string, string>): Server {
  mkdirSync(BUILD, { recursive: true });
  const log = openSync(`${BUILD}/${name}.log`, 'w');
  const { PATH = '', HOME = '' } = process.env;
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', log, log],
  });
  children.add(child);
  return { pid: child.pid!, startedAt };
}

/** The same, with a look into its memory: the program is not changed, `probe.ts` is loaded before it. */
export async function startProbed(
  name: string,
  program: string,
  environment: Record<string, string>,
): Promise<{ worker: Omit<Worker, 'port'>; log: string; exited: () => boolean }> {
  mkdirSync(BUILD, { recursive: true });
  const log = `${BUILD}/${name}.log`;
  const output = openSync(log, 'w');
  const { PATH = '', HOME = '' } = process.env;
  const child = fork(program, [], {
    cwd: ROOT,
    env: { PATH, HOME, ...environment },
    execArgv: ['--expose-gc', '--import', `${BUILD}/probe.mjs`],
    stdio: ['ignore', output, output, 'ipc'],
  });
  children.add(child);
  await answerOf(child, name);
  return { worker: { pid: child.pid!, ask: asker(child, name) }, log, exited: () => child.exitCode !== null };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
