import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, listens } from './proxy-processes.ts';

export interface ListeningProcess extends AsyncDisposable {
  url: string;
}

/**
 * Starts a server that listens where PORT says, with these variables and none of ours, and what it starts in a group
 * of its own. Resolves once it listens; throws when it ends before. Disposing ends the group with SIGINT.
 */
export async function startListening(
  command: string,
  parameters: readonly string[],
  cwd: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<ListeningProcess> {
  const port = await freePort();
  const child = spawn(command, parameters, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_LEVEL: 'warn', ...variables, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${command} ${parameters.join(' ')} ended before it listened`);
    await wait(100);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.kill(-child.pid!, 'SIGINT');
      await exited;
    },
  };
}
