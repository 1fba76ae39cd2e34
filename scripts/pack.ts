import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Writes two tarballs into pack/: the server, which has the client in it, and the client as a package of its own.

interface Manifest {
  version: string;
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, object>;
  engines: object;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACK = join(ROOT, 'pack');
const CLIENT = join(PACK, 'client');
/** What a program imports from the client's package, by its path there. */
const ENTRIES = { '.': 'index', './ai-sdk': 'ai-sdk', './rest': 'rest' };
const execute = promisify(execFile);

await rm(PACK, { recursive: true, force: true });
await mkdir(CLIENT, { recursive: true });
await run('npm', 'pack', '--silent', '--pack-destination', PACK);
await compileClient();
await describeClient();
await run('npm', 'pack', '--silent', CLIENT, '--pack-destination', PACK);
await rm(CLIENT, { recursive: true });
for (const name of await readdir(PACK)) process.stdout.write(`pack/${name}\n`);

async function run(command: string, ...parameters: string[]): Promise<void> {
  await execute(command, parameters, { cwd: ROOT });
}

/** The entries and what they import of client/ and shared/. Types alone would bring the server in, were it named. */
async function compileClient(): Promise<void> {
  const project = join(PACK, 'tsconfig.json');
  const files = Object.values(ENTRIES).map((name) => `../client/${name}.ts`);
  const compilerOptions = { rootDir: '..', outDir: 'client' };
  await writeFile(project, JSON.stringify({ extends: '../tsconfig.build.json', compilerOptions, files, include: [] }));
  await run(process.execPath, 'node_modules/typescript-7/bin/tsc', '-p', project);
  await rm(project);
  const folders = await readdir(CLIENT);
  if (folders.toSorted().join() !== 'client,shared')
    throw new Error(`The client has more in it: ${folders.join(', ')}`);
}

async function describeClient(): Promise<void> {
  const server = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const needed = await importedPackages();
  const dependencies = Object.fromEntries(
    needed.filter((name) => !(name in server.peerDependencies)).map((name) => [name, versionOf(name, server)]),
  );
  const exports = Object.fromEntries(
    Object.entries(ENTRIES).map(([path, name]) => [
      path,
      { types: `./client/${name}.d.ts`, default: `./client/${name}.js` },
    ]),
  );
  const manifest = {
    name: 'trestle-client',
    version: server.version,
    description: 'The typed client of a Trestle server',
    license: server.license,
    type: 'module',
    sideEffects: false,
    exports,
    dependencies,
    peerDependencies: server.peerDependencies,
    peerDependenciesMeta: server.peerDependenciesMeta,
    engines: server.engines,
  };
  await writeFile(join(CLIENT, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(ROOT, 'docs/client.md'), join(CLIENT, 'README.md'));
  await copyFile(join(ROOT, 'LICENSE'), join(CLIENT, 'LICENSE'));
}

/** Of the client's scripts and of its types. */
async function importedPackages(): Promise<string[]> {
  const names = new Set<string>();
  for (const file of await readdir(CLIENT, { recursive: true })) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const text = await readFile(join(CLIENT, file), 'utf8');
    for (const [, name] of text.matchAll(/(?:from\s*|import\(\s*)['"]((?:@[\w-]+\/)?[\w-]+)[^'"]*['"]/g))
      names.add(name!);
  }
  return [...names].toSorted();
}

function versionOf(name: string, { dependencies }: Manifest): string {
  const version = dependencies[name];
  if (version === undefined) throw new Error(`The client imports ${name}, which is not in package.json`);
  return version;
}
