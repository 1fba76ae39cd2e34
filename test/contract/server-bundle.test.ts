import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import type * as Client from '../../client/index.ts';
import { startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';

const REQUEST = { model: HELLO.model, messages: [{ role: 'user' as const, content: 'Hello' }] };

test('a client that a bundler for servers took in, and `ws` with it, opens a socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trestle-bundle-'));
  try {
    // What webpack makes of a package that is not installed and may be missing.
    const missing = join(folder, 'missing.cjs');
    await writeFile(missing, 'module.exports = {};');
    const outfile = join(folder, 'client.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('../../client/index.ts', import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      alias: { bufferutil: missing, 'utf-8-validate': missing },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    const { createTrestleClient } = (await import(pathToFileURL(outfile).href)) as typeof Client;
    await using app = await startApp();
    const client = createTrestleClient({ url: app.url, apiKey: app.apiKey, transport: 'websocket' });
    expect(await client.stream(REQUEST).text()).toContain('Hello!');
    await client.close();
    expect(process.env['WS_NO_BUFFER_UTIL']).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
