import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** Bytes after gzip. */
const LIMITS = { 'client/index.ts': 120_000, 'client/rest.ts': 4000 };

test.each(Object.entries(LIMITS))('%s runs in a browser and is small', async (entry, limit) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`../../${entry}`, import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    metafile: true,
    write: false,
    // A built-in would fail the build; external, it would show up below.
    external: builtinModules.flatMap((name) => [name, `node:${name}`]),
  });

  const inputs = Object.keys(metafile.inputs);
  const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter((one) => one.external));
  expect(external).toEqual([]);
  expect(
    inputs.filter((path) => /(^|\/)server\/|node_modules\/ws\/lib/.test(path) && !path.includes('@trpc/server')),
  ).toEqual([]);
  expect(outputFiles).toHaveLength(1);
  expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(limit);
});
