import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startListening } from './listening-process.ts';

// Installs the two tarballs of `npm run pack` in empty projects, checks a program against the client's types without
// skipLibCheck, and runs it against the server that the other tarball starts.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILERS = { 'TypeScript 5.9': 'typescript', 'TypeScript 7': 'typescript-7' };
const OPTIONS = ['--strict', '--target', 'es2022'];
const RESOLUTIONS = {
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
  node: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
};
const SAYS = [/simulated Claude/, /noted: .*wish/, /failed: model_not_found/, /model: claude-opus-5-5/];
const execute = promisify(execFile);

const folder = await mkdtemp(join(tmpdir(), 'trestle-pack-'));
try {
  await run(ROOT, 'npm', ['run', '--silent', 'pack']);
  const client = await install('client', 'trestle-client-');
  await check(client, 'program.ts');
  // What `ai` itself declares is not looked at.
  for (const ai of ['ai@6', 'ai@7']) {
    const chat = await install(`client-${ai}`, 'trestle-client-', ai);
    await check(chat, 'transport.ts', ['--skipLibCheck']);
  }
  const server = await install('server', 'trestle-0');
  // The server's package has the client in it, by another name.
  const program = await readFile(join(client, 'program.js'), 'utf8');
  await writeFile(join(server, 'program.js'), program.replaceAll("'trestle-client", "'trestle/client"));
  await using running = await startListening('npx', ['--no', 'trestle', 'serve'], server);
  for (const project of [client, server]) {
    const said = await run(project, process.execPath, ['program.js'], { TRESTLE_URL: running.url });
    for (const text of SAYS) if (!text.test(said)) throw new Error(`The program does not say ${text}:\n${said}`);
  }
  process.stdout.write('The packed server answered both the packed client and its own\n');
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
  process.stderr.write(`${message}\n${stdout}${stderr}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Compiles a program in a project with each compiler. */
async function check(project: string, program: string, options: string[] = []): Promise<void> {
  await writeFile(join(project, program), await readFile(join(ROOT, 'scripts/pack', program)));
  for (const [compiler, name] of Object.entries(COMPILERS)) {
    for (const [resolution, flags] of Object.entries(RESOLUTIONS)) {
      const command = join(ROOT, 'node_modules', name, 'bin/tsc');
      await run(project, process.execPath, [command, ...OPTIONS, ...flags, ...options, program]);
      process.stdout.write(`${program}, ${compiler}, modules as for ${resolution}: the client's types fit\n`);
    }
  }
}

/** A project with one of the tarballs, and perhaps another package. */
async function install(name: string, tarball: string, ...others: string[]): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'program', private: true, type: 'module' }));
  const packed = (await readdir(join(ROOT, 'pack'))).find((file) => file.startsWith(tarball));
  const packages = [join(ROOT, 'pack', packed!), ...others];
  await run(project, 'npm', ['install', '--no-audit', '--no-fund', '--silent', ...packages]);
  return project;
}

async function run(cwd: string, command: string, parameters: string[], variables = {}): Promise<string> {
  const { stdout } = await execute(command, parameters, {
    cwd,
    env: { ...process.env, ...variables },
    timeout: 300_000,
  });
  return stdout;
}
