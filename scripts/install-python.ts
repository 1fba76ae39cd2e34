import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What the checks need, by the module that shows that it is there. */
export const PACKAGES = {
  openai: ['openai==3.54.0'],
  langchain_openai: [
    'openai==3.54.0',
    'anthropic==2.14.0',
    'openai-agents==0.24.0',
    'pydantic-ai-slim[openai]==2.68.0',
    'langchain-openai==1.7.4',
  ],
  schemathesis: ['schemathesis==4.32.5'],
} as const;
/** What pip says when it reaches no index; any other failure of it is a failure of the check. */
export const NOT_REACHED = /connection broken by|Max retries exceeded|Temporary failure in name resolution|ProxyError/i;

const execute = promisify(execFile);

/** A Python that has a package; undefined when the index can't be reached. */
export interface PythonEnvironment extends AsyncDisposable {
  python: string | undefined;
}

/** Makes a virtual environment: in the folder that the first argument names, if any, to be found again, else for this run. */
export async function installPython(name: keyof typeof PACKAGES = 'openai'): Promise<PythonEnvironment> {
  const [, , kept] = process.argv;
  const directory = kept ?? (await mkdtemp(join(tmpdir(), 'trestle-python-')));
  const leave = async (): Promise<void> => {
    if (kept === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    return { python: await install(directory, name), [Symbol.asyncDispose]: leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function install(into: string, name: keyof typeof PACKAGES): Promise<string | undefined> {
  const python = join(into, 'bin', 'python');
  const isThere = await execute(python, ['-c', `import ${name}`]).then(
    () => true,
    () => false,
  );
  if (isThere) return python;
  await execute('python3', ['-m', 'venv', into]);
  const options = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '20'];
  try {
    await execute(python, ['-m', 'pip', 'install', ...options, ...PACKAGES[name]]);
    return python;
  } catch (error) {
    if (NOT_REACHED.test((error as ExecFileException).stderr ?? '')) return undefined;
    throw error;
  }
}
