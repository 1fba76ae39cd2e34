import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { eventually } from '../support/eventually.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** `server/main.ts` in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Resolves to the exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  /** Where it listens, once it does. */
  url(): Promise<string>;
}

/** Starts the server on a free port, with these variables, and no delay at its end, and none of the tests' own. Arguments are Node's. */
export function startServer(environment: Record<string, string> = {}, nodeArguments: string[] = []): ServerProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', ...nodeArguments, 'server/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PORT: '0', TRESTLE_DRAIN_DELAY_MS: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const server: ServerProcess = {
    child,
    stdout: '',
    stderr: '',
    exited: once(child, 'close').then(([code]) => code as number | null),
    url: () =>
      eventually(
        () => {
          const [, url] = /"url":"([^"]+)"/.exec(server.stdout) ?? [];
          if (url === undefined) throw new Error(`not listening yet: ${server.stdout}${server.stderr}`);
          return url;
        },
        { timeout: 25_000, interval: 20 },
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await server.exited;
    },
  };
  child.stdout.on('data', (data: Buffer) => (server.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (server.stderr += data.toString()));
  return server;
}
