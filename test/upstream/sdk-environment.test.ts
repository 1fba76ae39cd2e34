import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startServer } from '../life/server-process.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { postChat } from './post-chat.ts';

/** Nothing listens there: what went there would fail. */
const ELSEWHERE = 'http://127.0.0.1:9';

/** Whatever the SDK reads that is none of Trestle's own variables. */
const OF_THE_SDK = {
  ANTHROPIC_CUSTOM_HEADERS: 'authorization: Bearer sk-environment\nx-api-key: sk-environment\nx-secret: environment',
  ANTHROPIC_LOG: 'debug',
  ANTHROPIC_WEBHOOK_SIGNING_KEY: 'environment',
  ANTHROPIC_PROFILE: 'environment',
  ANTHROPIC_SCOPE: 'environment',
  ANTHROPIC_ORGANIZATION_ID: 'environment',
  ANTHROPIC_WORKSPACE_ID: 'environment',
  ANTHROPIC_SERVICE_ACCOUNT_ID: 'environment',
  ANTHROPIC_FEDERATION_RULE_ID: 'environment',
  ANTHROPIC_IDENTITY_TOKEN: 'environment',
  ANTHROPIC_IDENTITY_TOKEN_FILE: '/nowhere/environment',
  ANTHROPIC_ENVIRONMENT_ID: 'environment',
  ANTHROPIC_ENVIRONMENT_KEY: 'environment',
  ANTHROPIC_SESSION_ID: 'environment',
  ANTHROPIC_WORK_ID: 'environment',
  ANTHROPIC_WORK_SECRET: 'environment',
  ANTHROPIC_OPEN_TELEMETRY: 'true',
  ANTHROPIC_OPEN_TELEMETRY_PROPAGATION: 'true',
  ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE: 'content',
  ANTHROPIC_OPEN_TELEMETRY_TRACES_MAX_CONTENT_BYTES: '1000',
};

it.each([
  ['a key, which is used before a token', { ANTHROPIC_API_KEY: 'test-upstream-key', ANTHROPIC_AUTH_TOKEN: 'sk-other' }],
  ['a token', { ANTHROPIC_AUTH_TOKEN: 'test-upstream-key' }],
])("a server with %s sends and says nothing that the SDK's environment asks for", async (_name, credentials) => {
  const folder = await mkdtemp(join(tmpdir(), 'trestle-profiles-'));
  try {
    await mkdir(join(folder, 'configs'));
    await writeFile(join(folder, 'configs', 'environment.json'), JSON.stringify({ base_url: ELSEWHERE }));
    await using fake = await startFakeClaude();
    await using server = startServer({
      ...OF_THE_SDK,
      ANTHROPIC_CONFIG_DIR: folder,
      ANTHROPIC_BASE_URL: fake.url,
      ...credentials,
    });
    const app = { url: await server.url(), apiKey: 'none' };
    expect((await postChat(app)).status).toBe(200);
    expect(await (await postChat(app, { stream: true })).text()).toContain('[DONE]');
    expect((await fetch(`${app.url}/v1/models`)).status).toBe(200);
    expect(fake.requests.length).toBeGreaterThanOrEqual(3);
    for (const { headers } of fake.requests) {
      const { host: _host, 'content-length': _length, ...sent } = headers;
      expect(sent).toEqual({
        accept: 'application/json',
        'anthropic-version': '2026-10-21',
        authorization: 'Bearer test-upstream-key',
        connection: 'keep-alive',
        'content-type': 'application/json',
        'user-agent': 'trestle',
      });
    }
    expect(server.stdout + server.stderr).not.toMatch(/environment|sending request|log_[0-9a-f]/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
