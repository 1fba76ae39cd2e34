import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type OpenAI from 'openai-7';
import { NotFoundError, toFile } from 'openai-7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashKey } from '../../server/config.ts';
import { openStorages } from '../../server/store/open-storage.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { batchClient } from '../support/batch-client.ts';
import { eventually } from '../support/eventually.ts';
import { errorOf } from '../support/rest-request.ts';
import { storageFile, type StorageFile } from '../support/storage-file.ts';

const LIMIT = 5_000_000;
const BOUNDARY = 'a-boundary';

/** A body of `multipart/form-data` as it is written. */
function multipart(...parts: readonly [name: string, value: string, filename?: string][]): string {
  const written = parts.map(([name, value, filename]) => {
    const file = filename === undefined ? '' : `; filename="${filename}"\r\ncontent-type: application/octet-stream`;
    return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  return `${written.join('')}--${BOUNDARY}--\r\n`;
}

describe.each(['memory', 'sqlite'])('files kept in %s', (kind) => {
  let app: AppResource;
  let openai: OpenAI;
  let file: StorageFile;
  beforeAll(async () => {
    file = await storageFile();
    app = await startApp({
      environment: {
        TRESTLE_API_KEYS: 'test-key,other-key',
        TRESTLE_STORAGE: kind === 'memory' ? 'memory' : `sqlite:${file.path}`,
        TRESTLE_BODY_LIMIT: String(LIMIT),
      },
    });
    openai = batchClient(app);
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
  });

  async function upload(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return await fetch(`${app.url}/v1/files`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer test-key',
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        ...headers,
      },
      body,
    });
  }

  /** What the storage has of files, seen or not. */
  async function pieces() {
    const settings = { place: { path: file.path }, contents: true, days: 30, ledgerDays: 1 };
    const storages = await openStorages(settings, () => {});
    const owner = hashKey('test-key');
    const { documents } = await storages.records.list({ kind: 'file_piece', owner }, { limit: 1000, order: 'asc' });
    await storages.close();
    return documents;
  }

  test.each([0, 1, 1024 * 1024, 1024 * 1024 + 1, LIMIT])('of %i bytes come back as they were', async (length) => {
    const bytes = randomBytes(length);
    const kept = await openai.files.create({ file: await toFile(bytes, 'ä.bin'), purpose: 'user_data' });
    expect(kept).toMatchObject({ object: 'file', bytes: length, filename: 'ä.bin', purpose: 'user_data' });
    expect(await openai.files.retrieve(kept.id)).toEqual(kept);
    const content = await openai.files.content(kept.id);
    expect(content.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await openai.files.delete(kept.id)).toEqual({ id: kept.id, object: 'file', deleted: true });
    for (const gone of [
      () => openai.files.retrieve(kept.id),
      () => openai.files.content(kept.id),
      () => openai.files.delete(kept.id),
    ])
      await expect(gone()).rejects.toThrow(NotFoundError);
  });

  test('are deleted whole', async () => {
    const bytes = randomBytes(2_500_000);
    const kept = await openai.files.create({ file: await toFile(bytes, 'x'), purpose: 'user_data' });
    await openai.files.delete(kept.id);
    if (kind === 'memory') return;
    const documents = await pieces();
    expect(documents.filter(({ document }) => (document as string).length > 900_000)).toEqual([]);
  });

  test('are listed in pages, by their purpose', async () => {
    const ids: string[] = [];
    for (const purpose of ['batch', 'user_data', 'batch', 'batch'] as const) {
      const kept = await openai.files.create({ file: await toFile(Buffer.from('{}'), 'x.jsonl'), purpose });
      if (purpose === 'batch') ids.push(kept.id);
    }
    const listed: string[] = [];
    for await (const { id } of openai.files.list({ purpose: 'batch', limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids.toReversed());
    const oldest = await openai.files.list({ purpose: 'batch', order: 'asc', limit: 1 });
    expect([oldest.data.map(({ id }) => id), oldest.has_more]).toEqual([[ids[0]], true]);
    await expect(openai.files.list({ after: 'file-x' })).rejects.toMatchObject({ status: 400, param: 'after' });
  });

  test('say when they go', async () => {
    const small = await toFile(Buffer.from('x'), 'x');
    const large = await toFile(randomBytes(3_000_000), 'y');
    for (const one of [small, large]) {
      const expiry = { anchor: 'created_at', seconds: 3600 } as const;
      const kept = await openai.files.create({ file: one, purpose: 'batch', expires_after: expiry });
      expect(kept.expires_at! - kept.created_at).toBe(3600);
      expect((await (await openai.files.content(kept.id)).arrayBuffer()).byteLength).toBe(kept.bytes);
    }
    const kept = await openai.files.create({ file: small, purpose: 'batch' });
    expect(kept.expires_at! - kept.created_at).toBe(30 * 86_400);
  });

  test('are not seen by another key', async () => {
    const { id } = await openai.files.create({ file: await toFile(Buffer.from('x'), 'x'), purpose: 'batch' });
    const other = batchClient(app, 'other-key');
    expect((await other.files.list()).data).toEqual([]);
    for (const reach of [() => other.files.retrieve(id), () => other.files.content(id), () => other.files.delete(id)])
      await expect(reach()).rejects.toThrow(NotFoundError);
    expect((await openai.files.retrieve(id)).id).toBe(id);
  });

  test('that are too large are a 413 that says the limit, and nothing of them is kept', async () => {
    const before = (await openai.files.list()).data.length;
    for (const length of [LIMIT + 1, LIMIT + 70_000, LIMIT + 1_000_000]) {
      const large = await toFile(Buffer.alloc(length), 'x');
      await expect(openai.files.create({ file: large, purpose: 'batch' })).rejects.toMatchObject({
        status: 413,
        code: 'request_too_large',
        param: 'file',
        message: expect.stringContaining(String(LIMIT)),
      });
    }
    expect((await openai.files.list()).data).toHaveLength(before);
  });

  test.each<[string, string, object]>([
    ['without a purpose', multipart(['file', 'x', 'x']), { param: 'purpose' }],
    [
      'for a purpose that nothing serves',
      multipart(['file', 'x', 'x'], ['purpose', 'fine-tune']),
      { param: 'purpose' },
    ],
    ['without a file', multipart(['purpose', 'batch']), { param: 'file', code: 'missing_required_parameter' }],
    ['with two files', multipart(['file', 'x', 'x'], ['file', 'y', 'y'], ['purpose', 'batch']), { param: 'file' }],
    ['with a file elsewhere', multipart(['input', 'x', 'x'], ['purpose', 'batch']), { param: 'input' }],
    [
      'with an end too soon',
      multipart(
        ['purpose', 'batch'],
        ['expires_after[anchor]', 'created_at'],
        ['expires_after[seconds]', '5'],
        ['file', 'x', 'x'],
      ),
      { param: 'expires_after.seconds' },
    ],
    ['that end too early', multipart(['purpose', 'batch'], ['file', 'x', 'x']).slice(0, -20), { code: null }],
    ['that are no multipart', '{}', { code: null }],
  ])('%s are a 400 that names the field', async (_name, body, error) => {
    const before = (await openai.files.list()).data.length;
    const response = await upload(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', ...error });
    expect((await openai.files.list()).data).toHaveLength(before);
  });

  test('are taken whatever the order of the fields, and compressed', async () => {
    for (const parts of [
      [
        ['purpose', 'batch'],
        ['file', 'x', 'x.jsonl'],
      ],
      [
        ['file', 'x', 'x.jsonl'],
        ['purpose', 'batch'],
      ],
    ] as const)
      expect((await upload(multipart(...(parts as never as [[string, string]])))).status).toBe(200);
    const body = gzipSync(multipart(['purpose', 'batch'], ['file', 'hello', 'x.jsonl']));
    const response = await upload(body as never, { 'content-encoding': 'gzip' });
    const { id } = (await response.json()) as { id: string };
    expect(await (await openai.files.content(id)).text()).toBe('hello');
  });

  test('as anything but multipart are a 415', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/mixed; boundary=x']) {
      const response = await upload('{}', { 'content-type': type });
      expect([type, response.status]).toEqual([type, 415]);
      await errorOf(response);
    }
    const missing = await upload(multipart(['purpose', 'batch']), { 'content-type': 'multipart/form-data' });
    expect([missing.status, (await errorOf(missing)).message]).toEqual([400, expect.stringContaining('multipart')]);
  });

  test('whose senders leave are not kept', async () => {
    const before = (await openai.files.list()).data.length;
    const begun = multipart(['purpose', 'batch'], ['file', 'x'.repeat(2_000_000), 'x']).slice(0, 1_500_000);
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(
      `POST /v1/files HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer test-key\r\ncontent-type: multipart/form-data; boundary=${BOUNDARY}\r\ncontent-length: 2000200\r\n\r\n${begun}`,
      () => socket.destroy(),
    );
    await text(socket).catch(() => '');
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
    expect((await openai.files.list()).data).toHaveLength(before);
  });

  test.each(['gzip', 'deflate', 'br', 'zstd'])(
    'that are garbage by the name of %s are a 400, and end nothing',
    async (encoding) => {
      const body = Buffer.from('garbage garbage garbage');
      for (const type of ['multipart/form-data', `multipart/form-data; boundary=${BOUNDARY}`]) {
        const headers = { authorization: 'Bearer test-key', 'content-type': type, 'content-encoding': encoding };
        const response = await fetch(`${app.url}/v1/files`, { method: 'POST', headers, body });
        expect([type, response.status]).toEqual([type, 400]);
        await response.text();
      }
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    },
  );

  test('whose uploads break off behind them leave nothing', async () => {
    const before = kind === 'memory' ? [] : await pieces();
    const content = randomBytes(1_500_000).toString('latin1');
    const whole = multipart(['purpose', 'batch'], ['file', content, 'x.jsonl'], ['other', 'x']);
    const headers = { authorization: 'Bearer test-key', 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
    const body = Buffer.from(whole.slice(0, -30), 'latin1');
    const response = await fetch(`${app.url}/v1/files`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    await response.text();
    if (kind === 'memory') return;
    await eventually(async () => expect((await pieces()).map(({ id }) => id)).toEqual(before.map(({ id }) => id)));
  });

  test('without a key are refused before they are read', async () => {
    const response = await upload(multipart(['purpose', 'batch'], ['file', 'x', 'x']), {
      authorization: 'Bearer wrong',
    });
    expect(response.status).toBe(401);
    await errorOf(response);
  });
});

test('in memory a file may have an eighth of it at most', async () => {
  await using app = await startApp();
  const large = await toFile(Buffer.alloc(8 * 1024 * 1024 + 1), 'x');
  await expect(batchClient(app).files.create({ file: large, purpose: 'batch' })).rejects.toMatchObject({
    status: 413,
    message: expect.stringContaining('8388608'),
  });
});
