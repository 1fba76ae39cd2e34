import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built pages are: the examples, and a bare page with the client. */
    pages: string;
  }
}

const EXAMPLE = fileURLToPath(new URL('../../examples/react-chat', import.meta.url));
const PLAIN = fileURLToPath(new URL('../../examples/plain-page', import.meta.url));

/** Builds the pages once for all files, from the built package, by its own name. */
export default async function buildPages(project: TestProject): Promise<() => Promise<void>> {
  const pages = await mkdtemp(join(tmpdir(), 'trestle-pages-'));
  // In development React's strict mode starts every effect twice, which must not be seen.
  await build({ root: EXAMPLE, mode: 'development', logLevel: 'warn', build: { outDir: pages, emptyOutDir: true } });
  await bundle({
    stdin: { contents: `export * from 'trestle/client'`, resolveDir: EXAMPLE },
    bundle: true,
    format: 'iife',
    globalName: 'trestle',
    outfile: join(pages, 'client.js'),
  });
  const plain = join(pages, 'plain-page');
  await cp(PLAIN, plain, { recursive: true });
  await bundle({
    stdin: { contents: `export * from 'trestle/client'`, resolveDir: PLAIN },
    bundle: true,
    format: 'esm',
    outfile: join(plain, 'trestle.js'),
  });
  await writeFile(join(pages, 'client.html'), '<!doctype html><script src="client.js"></script>');
  project.provide('pages', pages);
  return () => rm(pages, { recursive: true });
}
