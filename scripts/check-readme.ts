import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPython } from './install-python.ts';
import { startListening } from './listening-process.ts';

// Compiles the TypeScript of the documents for users, and runs every program there that names the server's address,
// against the built server with the simulated Claude.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = ['README.md', 'docs/client.md'];
const ADDRESS = 'http://127.0.0.1:8787';
const SAYS = /simulated Claude/;
const LANGUAGES = ['sh', 'ts', 'python'] as const;
const COMMANDS = { sh: ['bash'], ts: [process.execPath, '--import', 'tsx'] };

interface Snippet {
  /** Where it stands, as `README.md:12`. */
  place: string;
  language: (typeof LANGUAGES)[number];
  text: string;
}

const execute = promisify(execFile);
const snippets = (await Promise.all(DOCUMENTS.map(snippetsOf))).flat();
const programs = snippets.filter(({ text }) => text.includes(ADDRESS));
for (const language of LANGUAGES) {
  if (!programs.some((program) => program.language === language)) throw new Error(`No ${language} program was found`);
}

// In the project, where its own name and its packages resolve.
const folder = await mkdtemp(join(ROOT, '.readme-'));
try {
  await using server = await startListening(process.execPath, ['dist/server/main.js'], ROOT);
  await using environment = await installPython();
  const commands = { ...COMMANDS, python: environment.python && [environment.python] };
  await compile(snippets.filter(({ language }) => language === 'ts'));
  for (const program of programs) {
    const command = commands[program.language];
    if (command) await run(program, command, server.url);
    else process.stdout.write(`${program.place}: PyPI not reached, left out\n`);
  }
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
  process.stderr.write(`${message}\n${stdout}${stderr}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function snippetsOf(document: string): Promise<Snippet[]> {
  const text = await readFile(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```(sh|ts|python)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: code }) => ({
    place: `${document}:${text.slice(0, index).split('\n').length}`,
    language: language as Snippet['language'],
    text: code!,
  }));
}

async function compile(programs: Snippet[]): Promise<void> {
  await Promise.all(programs.map((program) => writeFile(fileOf(program), program.text)));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['*.ts'] }));
  await execute(process.execPath, [join(ROOT, 'node_modules/typescript-7/bin/tsc'), '-p', folder], { cwd: ROOT });
  process.stdout.write(`${programs.map(({ place }) => place).join(', ')}: the types fit\n`);
}

async function run(program: Snippet, [command, ...parameters]: string[], url: string): Promise<void> {
  const file = fileOf(program);
  await writeFile(file, program.text.replaceAll(ADDRESS, url));
  const { stdout, stderr } = await execute(command!, [...parameters, file], { cwd: ROOT, timeout: 60_000 });
  if (!SAYS.test(stdout)) throw new Error(`${program.place} did not say ${SAYS}:\n${stdout}${stderr}`);
  process.stdout.write(`${program.place}: ran\n`);
}

function fileOf({ place, language }: Snippet): string {
  return join(folder, `${place.replaceAll(/\W/g, '-')}.${language}`);
}
