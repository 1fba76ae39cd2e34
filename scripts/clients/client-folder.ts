import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Documented } from './documented.ts';

const execute = promisify(execFile);

/** A client, installed in a folder of its own, with another one to work in and one for its settings. */
export interface ClientFolder extends AsyncDisposable {
  /** Where it works. */
  work: string;
  /** The variables with which its commands run. */
  environment: NodeJS.ProcessEnv;
  /** Writes files by their path; `~` is the folder for its settings. */
  write: (files: readonly (readonly [path: string, text: string])[]) => Promise<void>;
  /** Runs commands of a shell there. Rejects when they fail, or take longer than two minutes. */
  run: (commands: string) => Promise<string>;
}

interface InstallOptions {
  /** Beside the machine's own. */
  variables?: Readonly<Record<string, string>>;
  /** Another version of Python than the machine's `python3`, which must be there. */
  python?: string;
}

/** Installs a client as the document says, from its registry. */
export async function installDocumented(
  { install }: Documented,
  { variables = {}, python: version = 'python3' }: InstallOptions,
): Promise<ClientFolder> {
  const root = await mkdtemp(join(tmpdir(), 'trestle-client-'));
  const [work, home, npm, python] = [join(root, 'work'), join(root, 'home'), join(root, 'npm'), join(root, 'python')];
  await Promise.all([mkdir(work), mkdir(home)]);
  const PATH = [join(npm, 'bin'), join(python, 'bin'), process.env['PATH']].join(delimiter);
  const shell = async (commands: string, env: NodeJS.ProcessEnv, timeout: number): Promise<string> => {
    const options = { cwd: work, env, timeout, maxBuffer: 64 * 1024 * 1024 };
    const running = execute('bash', ['-e', '-c', commands], options);
    // They would wait for more of the question.
    running.child.stdin?.end();
    const { stdout, stderr } = await running;
    return stdout + stderr;
  };
  try {
    await shell(installing(install, python, version), { ...process.env, PATH, npm_config_prefix: npm }, 400_000);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
  const environment = { ...process.env, PATH, HOME: home, ...variables };
  return {
    work,
    environment,
    async write(files) {
      for (const [file, text] of files) {
        const path = file.startsWith('~/') ? join(home, file.slice(2)) : join(work, file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
      }
    },
    run: (commands) => shell(commands, environment, 120_000),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** The documented line; for PyPI with uv, which does the same in a fraction of the time. */
function installing(line: string, python: string, version: string): string {
  if (!line.startsWith('pip ')) return `${line} --no-audit --no-fund`;
  const uv = `${python}-uv`;
  return [
    `python3 -m venv ${uv}`,
    `${uv}/bin/pip install --quiet --disable-pip-version-check uv==0.13.9`,
    `${uv}/bin/uv venv --quiet --seed --no-python-downloads --python ${version} ${python}`,
    `VIRTUAL_ENV=${python} ${uv}/bin/uv ${line} --quiet`,
  ].join(' && ');
}
