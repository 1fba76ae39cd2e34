import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ApiKey, NewApiKey } from '../../shared/api-key.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeClaude, startFakeClaude } from '../support/fake-claude.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';
import { type StorageFile, storageFile } from '../support/storage-file.ts';
import { gate, words } from '../support/word-stream.ts';
import { connect } from '../trpc/socket-client.ts';
import { adminOf, ADMIN, ask, MANAGED, newKey, newProject } from './admin-client.ts';

// Keys that are made, changed and revoked while the server runs.

let fake: FakeClaude;
let file: StorageFile;
let environment: Record<string, string>;
let app: AppResource;
beforeEach(async () => {
  [fake, file] = await Promise.all([startFakeClaude(), storageFile()]);
  environment = { ...MANAGED, TRESTLE_STORAGE: `sqlite:${file.path}` };
  app = await startApp({ fake, environment });
});
afterEach(async () => {
  await app[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
  await file[Symbol.asyncDispose]();
});

const statusOf = async (apiKey: string, on: AppResource = app): Promise<number> =>
  (await postChat({ url: on.url, apiKey }, HELLO)).status;

describe('a key', () => {
  test('is shown once, kept as a hash, and seen by OpenAI’s client', async () => {
    const { projects } = adminOf(app);
    const project = await projects.create({ name: 'web' });
    const { value, ...key } = await newKey(app, project.id, { name: 'production', metadata: { team: 'web' } });
    expect(value).toMatch(/^sk-trestle-[\w-]{43}$/);
    expect(key).toMatchObject({
      object: 'organization.project.api_key',
      id: expect.stringMatching(/^key_/),
      name: 'production',
      redacted_value: `${value.slice(0, 15)}...${value.slice(-4)}`,
      project_id: project.id,
      last_used_at: null,
      expires_at: null,
      owner_project_access: 'active',
      models: null,
      aliases: {},
      metadata: { team: 'web' },
    });
    expect(await projects.apiKeys.retrieve(key.id, { project_id: project.id })).toEqual(key);
    expect(await statusOf(value)).toBe(200);
    const [listed] = (await projects.apiKeys.list(project.id)).data;
    expect(listed).toEqual({ ...key, last_used_at: expect.any(Number) });
    expect(Math.abs(listed!.last_used_at! - Date.now() / 1000)).toBeLessThan(60);
    expect((await file.bytes()).toString('latin1')).not.toContain(value.slice(11));
  });

  test('is listed in pages, and belongs to one project', async () => {
    const { projects } = adminOf(app);
    const [one, two] = [await newProject(app), await newProject(app)];
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await newKey(app, one.id)).id);
    const listed: string[] = [];
    for await (const { id } of projects.apiKeys.list(one.id, { limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids);
    expect((await projects.apiKeys.list(two.id)).data).toEqual([]);
    await expect(projects.apiKeys.retrieve(ids[0]!, { project_id: two.id })).rejects.toMatchObject({
      status: 404,
      param: 'api_key_id',
    });
    await expect(projects.apiKeys.list('proj_x')).rejects.toMatchObject({ status: 404, param: 'project_id' });
  });

  test('is there after a restart, and lets nobody else in', async () => {
    const { value } = await newKey(app, 'default');
    expect(await statusOf('sk-trestle-x')).toBe(401);
    await app[Symbol.asyncDispose]();
    app = await startApp({ fake, environment });
    expect(await statusOf(value)).toBe(200);
    expect(await statusOf('sk-trestle-x')).toBe(401);
    expect(await statusOf(ADMIN)).toBe(401);
  });

  test('that is revoked is refused at once, on an open socket too, and within a second by another process', async () => {
    await using other = await startApp({ fake, environment });
    const { projects } = adminOf(app);
    const { id, value } = await newKey(app, 'default');
    await eventually(async () => expect(await statusOf(value, other)).toBe(200));
    await using socket = connect({ ...app, apiKey: value });
    const request = { ...HELLO, messages: [...HELLO.messages] };
    await socket.client.chat.complete.mutate(request);
    expect(await projects.apiKeys.delete(id, { project_id: 'default' })).toEqual({
      id,
      object: 'organization.project.api_key.deleted',
      deleted: true,
    });
    expect(await statusOf(value)).toBe(401);
    await expect(socket.client.chat.complete.mutate(request)).rejects.toMatchObject({
      data: { code: 'UNAUTHORIZED' },
    });
    await eventually(async () => expect(await statusOf(value, other)).toBe(401), { timeout: 1000 });
    await expect(projects.apiKeys.delete(id, { project_id: 'default' })).rejects.toMatchObject({ status: 404 });
  });

  test('that is revoked while it has an answer gets the rest of it', async () => {
    const { id, value } = await newKey(app, 'default');
    const { opened, open } = gate();
    fake.reply({ events: words(3, (index) => (index === 1 ? opened : undefined)) });
    const stream = await postChat({ url: app.url, apiKey: value }, { ...HELLO, stream: true });
    await ask(app, 'DELETE', `projects/default/api_keys/${id}`);
    open();
    expect(await stream.text()).toMatch(/"content":"2 ".*\[DONE\]/s);
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
  });

  test('that is rotated keeps its id, and both of its texts are valid for a while', async () => {
    const key = await newKey(app, 'default', { models: ['claude-sonnet-5-5'] });
    const path = `projects/default/api_keys/${key.id}/rotate`;
    const rotated = (await (await ask(app, 'POST', path, { grace_seconds: 100 })).json()) as NewApiKey;
    expect(rotated).toMatchObject({ id: key.id, models: ['claude-sonnet-5-5'] });
    expect(rotated.value).not.toBe(key.value);
    expect([await statusOf(key.value), await statusOf(rotated.value)]).toEqual([200, 200]);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 101_000);
    expect([await statusOf(key.value), await statusOf(rotated.value)]).toEqual([401, 200]);
    vi.restoreAllMocks();
    const last = (await (await ask(app, 'POST', path, { grace_seconds: 0 })).json()) as NewApiKey;
    expect([await statusOf(rotated.value), await statusOf(last.value)]).toEqual([401, 200]);
  });

  test('expires when it is to', async () => {
    const { id, value, expires_at: expiry } = await newKey(app, 'default', { expires_in_seconds: 3600 });
    expect(Math.abs(expiry! - Date.now() / 1000 - 3600)).toBeLessThan(60);
    expect(await statusOf(value)).toBe(200);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_601_000);
    expect(await statusOf(value)).toBe(401);
    vi.restoreAllMocks();
    const path = `projects/default/api_keys/${id}`;
    const changed = (await (await ask(app, 'POST', path, { expires_in_seconds: null })).json()) as ApiKey;
    expect(changed.expires_at).toBeNull();
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_601_000);
    expect(await statusOf(value)).toBe(200);
  });
});

describe('what is wrong is a 400 or 404 that names the field, and makes no key:', () => {
  test.each<[object, string]>([
    [{ name: '' }, 'name'],
    [{ name: 'x', models: ['gpt-9'] }, 'models[0]'],
    [{ name: 'x', models: [] }, 'models'],
    [{ name: 'x', aliases: { fast: 'claudius' } }, 'aliases.fast'],
    [{ name: 'x', metadata: { a: 1 } }, 'metadata.a'],
    [{ name: 'x', expires_in_seconds: 0 }, 'expires_in_seconds'],
  ])('%j', async (body, param) => {
    const refused = await ask(app, 'POST', 'projects/default/api_keys', body);
    expect([refused.status, (await errorOf(refused)).param]).toEqual([400, param]);
    expect((await adminOf(app).projects.apiKeys.list('default')).data).toEqual([]);
  });

  test('a project that is not there', async () => {
    const refused = await ask(app, 'POST', 'projects/proj_x/api_keys', { name: 'x' });
    expect([refused.status, (await errorOf(refused)).param]).toEqual([404, 'project_id']);
  });
});

describe('the admin side', () => {
  test('is closed to callers, and to everybody where there is no admin key', async () => {
    const { value } = await newKey(app, 'default');
    for (const [method, path] of [
      ['GET', 'projects'],
      ['POST', 'projects'],
      ['GET', 'projects/default/api_keys'],
      ['GET', 'audit_logs'],
    ] as const) {
      expect((await ask(app, method, path, method === 'POST' ? { name: 'x' } : undefined, value)).status).toBe(403);
      expect((await ask(app, method, path, undefined, 'wrong')).status).toBe(401);
    }
    await using closed = await startApp({ fake });
    expect((await ask(closed, 'GET', 'projects', undefined, closed.apiKey)).status).toBe(403);
  });

  test('says what was changed, and by which request', async () => {
    const project = await newProject(app);
    const key = await newKey(app, project.id, { models: ['claude-sonnet-5-5'] });
    await ask(app, 'POST', `projects/${project.id}/api_keys/${key.id}`, { name: 'other' });
    await ask(app, 'POST', `projects/${project.id}/api_keys/${key.id}/rotate`, {});
    await ask(app, 'DELETE', `projects/${project.id}/api_keys/${key.id}`);
    const { response: archived } = await adminOf(app).projects.archive(project.id).withResponse();
    const { data } = await adminOf(app).auditLogs.list({ limit: 10 });
    expect(data.map(({ type, project: of }) => [type, of?.id])).toEqual(
      [
        'project.archived',
        'api_key.deleted',
        'api_key.rotated',
        'api_key.updated',
        'api_key.created',
        'project.created',
      ].map((type) => [type, project.id]),
    );
    expect(data[0]).toMatchObject({ api_key_id: null, request_id: archived.headers.get('x-request-id') });
    expect(data[3]).toMatchObject({ api_key_id: key.id, fields: ['name'], actor: { api_key: { id: 'admin' } } });
    expect(JSON.stringify(data)).not.toContain(key.value);
  });
});

test('a server on loopback without keys is open until its first key is made, and stays closed when that is revoked', async () => {
  await using open = await startApp({ fake, environment: MANAGED });
  expect(await statusOf('anything', open)).toBe(200);
  const { id, value } = await newKey(open, 'default');
  expect([await statusOf('anything', open), await statusOf(value, open)]).toEqual([401, 200]);
  await ask(open, 'DELETE', `projects/default/api_keys/${id}`);
  expect([await statusOf('anything', open), await statusOf(value, open)]).toEqual([401, 401]);
});
