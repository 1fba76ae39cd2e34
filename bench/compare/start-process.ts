import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

const START_MS = 120_000;
const END_MS = 5000;

export interface ProcessOptions {
  command: string;
  args: string[];
  environment: Record<string, string>;
  /** Answers with any status once the program is up. */
  readyUrl: string;
}

/** Runs a program with its output in a file of the temporary folder, until it is disposed of. */
export async function startProcess(name: string, options: ProcessOptions): Promise<AsyncDisposable> {
  const { command, args, environment, readyUrl } = options;
  const logPath = `${tmpdir()}/compare-${name}.log`;
  const log = openSync(logPath, 'w');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, { env: { PATH, HOME, ...environment }, stdio: ['ignore', log, log] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit');
  // Awaited below; a program that can not be started at all must not end this one.
  ended.catch(() => undefined);
  const deadline = performance.now() + START_MS;
  while (!(await answers(readyUrl))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > deadline) {
      kill();
      throw new Error(`${name} did not start; its output is in ${logPath}`);
    }
    await wait(100);
  }
  return {
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      child.kill('SIGTERM');
      if (await Promise.race([ended.then(() => false), wait(END_MS, true, { ref: false })])) kill();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
