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
export function buildPrograms(): void {
  buildSync({
    entryPoints: ['fake-upstream', 'limit-proxy', 'load'].map((name) => `${ROOT}bench/${name}.ts`),
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
  const answer = async (): Promise<Record<string, unknown>> => {
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
  };
  const ready = await answer();
  return {
    pid: child.pid!,
    port: Number(ready['port']),
    ask: (message) => {
      const answered = answer();
      child.send(message);
      return answered;
    },
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
