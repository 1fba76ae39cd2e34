import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** What shows that a file knows the inside of tRPC, trpc-openapi, Fastify, ws or Node's HTTP server, and where it may. */
const INSIDES: readonly [sign: RegExp, file: string][] = [
  [/\b_def\b/, 'server/trpc/procedure-internals.ts'],
  [/\bRequest\.prototype\b/, 'server/rest/front-request.ts'],
  [/\bjsonEncoder\b/, 'server/trpc/doors/chunk-frames.ts'],
  [/"result":\{"type":"data"/, 'server/trpc/chunk-batch.ts'],
  [/\bclient\.send = /, 'server/trpc/doors/cork-socket.ts'],
  [/'PING'/, 'server/http/keep-alive.ts'],
  [/socket\.on\('data', count\)/, 'server/trpc/doors/unknown-sockets.ts'],
  [/\.unshift\(Buffer/, 'server/http/plain-upgrades.ts'],
];

const FILES = readdirSync('server', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [`server/${name}`, readFileSync(join('server', name), 'utf8')] as const);

it.each(INSIDES)('the inside of a package that %s shows stands in one file', (sign, file) => {
  expect(FILES.filter(([, text]) => sign.test(text)).map(([name]) => name)).toEqual([file]);
});

it.each(INSIDES.map(([, file]) => file))('%s says what it buys, what fails, and how it goes without', (file) => {
  const text = readFileSync(file, 'utf8');
  const comment = /\/\*\*[^]*?\*\//.exec(text)![0];
  expect(comment).toMatch(/\d/);
  expect(comment).toMatch(/\bWithout\b/);
  const tests = [...comment.matchAll(/test\/[\w/.-]+\.test\.ts/g)].map(([path]) => path);
  expect(tests).not.toEqual([]);
  for (const path of tests) expect(readFileSync(path, 'utf8')).toContain('expect(');
});
