/**
 * Completes package-lock.json after an install on a machine whose registry lacks the native packages of other
 * platforms: npm leaves them out of the lock then, and `npm ci` refuses a lock without them, everywhere.
 * An entry needs only its version and platform; npm passes over those that are not the machine's.
 *
 * It names the C library of packages that do so in their names alone: npm would install those of both, 10 MB each.
 *
 * It also drops the `engines` of development packages that ask for Node 22, which are the newest clients that tests try:
 * npm would warn of each of them at every install on Node 20, on which the tests show that they run.
 */
import { readFile, writeFile } from 'node:fs/promises';

interface Entry {
  version: string;
  dev?: boolean;
  optional?: boolean;
  engines?: { node?: string };
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const LOCK = 'package-lock.json';
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

const lock = JSON.parse(await readFile(LOCK, 'utf8')) as { packages: Record<string, Entry> };
let added = 0;
for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`;
    const os = SYSTEMS.find((system) => name.includes(system));
    const cpu = PROCESSORS.find((processor) => name.includes(`-${processor}`));
    if (lock.packages[path] || !os || !cpu || !/^\d/.test(version)) continue;
    const libc = /-(?:gnu|musl)/.exec(name)?.[0];
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(dev && { dev }),
      ...(libc && { libc: [libc === '-musl' ? 'musl' : 'glibc'] }),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}
for (const [path, entry] of Object.entries(lock.packages)) {
  const libc = entry.os?.[0] === 'linux' && !entry.libc && /-(gnu|musl)/.exec(path)?.[1];
  if (libc) entry.libc = [libc === 'musl' ? 'musl' : 'glibc'];
  if (entry.dev === true && /^>=\s*2[2-9]/.test(entry.engines?.node ?? '')) delete entry.engines;
}
const sorted = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([one], [other]) => one.localeCompare(other, 'en')),
);
await writeFile(LOCK, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);
