import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A program from npm, installed in a folder of its own, with another one to work in and one for its settings. */
export interface InstalledClient extends AsyncDisposable {
  version: string;
  /** Where it works. */
  directory: string;
  /** Its home. */
  home: string;
  /** Runs it there. Rejects when it fails, or takes longer than two minutes. */
  run: (parameters: readonly string[], environment: Record<string, string>) => Promise<string>;
}

/** Installs a package at an exact version, as its users do. */
export async function installClient(name: string, version: string, command: string): Promise<InstalledClient> {
  const root = await mkdtemp(join(tmpdir(), 'trestle-client-'));
  const [directory, home] = [join(root, 'work'), join(root, 'home')];
  await execute('mkdir', ['-p', directory, home]);
  const install = ['install', '--prefix', root, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`];
  await execute('npm', install, { timeout: 300_000 });
  return {
    version,
    directory,
    home,
    async run(parameters, environment) {
      const env = { ...process.env, HOME: home, ...environment };
      const running = execute(join(root, 'node_modules/.bin', command), parameters, {
        cwd: directory,
        env,
        timeout: 120_000,
        maxBuffer: 64 * 1024 * 1024,
      });
      // They would wait for more of the question.
      running.child.stdin?.end();
      const { stdout, stderr } = await running;
      return stdout + stderr;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
