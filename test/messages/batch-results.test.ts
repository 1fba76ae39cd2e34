import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';

// The results of a batch may be long, and pass as they come.

const LINE = `${JSON.stringify({ custom_id: 'a', result: { type: 'expired' } })}\n`;
const RESULTS = '/v1/messages/batches/msgbatch_1/results';

/** A server without keys, in front of a Claude that answers by `listener`. */
async function inFrontOf(listener: RequestListener): Promise<AppResource> {
  const upstream = createServer(listener).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const app = await startApp({
    environment: { TRESTLE_API_KEYS: '', ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'info' },
  });
  return {
    ...app,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      upstream.closeAllConnections();
      upstream.close();
    },
  };
}

test('results that break are cut, and logged as broken', async () => {
  await using app = await inFrontOf((_request, response) => {
    response.write(LINE, () => response.destroy());
  });
  const response = await fetch(app.url + RESULTS);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  await eventually(() =>
    expect(app.logs.at(-1)).toMatchObject({ route: expect.stringMatching(/results$/), status: 502 }),
  );
});

test('a caller that leaves has Claude stop', async () => {
  let resolve = (_finished: boolean): void => {};
  const closed = new Promise<boolean>((done) => (resolve = done));
  await using app = await inFrontOf((_request, response) => {
    response.write(LINE);
    response.on('close', () => resolve(response.writableFinished));
  });
  const caller = new AbortController();
  const response = await fetch(app.url + RESULTS, { signal: caller.signal });
  await response.body!.getReader().read();
  caller.abort();
  expect(await closed).toBe(false);
});

test('long results arrive whole, also to a reader that takes its time', async () => {
  const lines = 200_000;
  await using app = await inFrontOf((_request, response) => {
    Readable.from(Array.from({ length: lines / 1000 }, () => LINE.repeat(1000))).pipe(response);
  });
  const response = await fetch(app.url + RESULTS);
  let length = 0;
  for await (const chunk of response.body!) {
    length += chunk.length;
    await new Promise(setImmediate);
  }
  expect(length).toBe(lines * LINE.length);
});
