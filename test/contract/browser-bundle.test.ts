import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Bytes after gzip. */
const LIMITS = { 'client/index.ts': 22_500, 'client/ai-sdk.ts': 26_000, 'client/rest.ts': 3000 };

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
  // Only types are taken from the AI SDK.
  expect(inputs.filter((path) => /node_modules\/(ai|@ai-sdk)\//.test(path))).toEqual([]);
  expect(outputFiles).toHaveLength(1);
  const size = gzipSync(outputFiles[0]!.contents).length;
  console.info(`${entry}: ${size} bytes, minified and gzipped`);
  expect(size).toBeLessThan(limit);
});

// Of superjson and tRPC's WebSocket client something stays: their packages do not say that they have no side effects.
test('what a page does not use of the client is left out', async () => {
  const { metafile } = await build({
    stdin: { contents: "export { TrestleError } from './client/index.ts';", resolveDir: ROOT },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  expect(used.map(([path]) => path).filter((path) => !path.includes('node_modules/'))).toEqual(['shared/error.ts']);
});
