import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { StoredKeyring } from '../../server/access/stored-keyring.ts';
import { admit, presentedKeys } from '../../server/calls/admit.ts';
import type { Caller } from '../../server/calls/caller.ts';
import { type Config, ConfigError, readConfig } from '../../server/config.ts';
import { MemoryStorage } from '../../server/store/memory-storage.ts';

function messageOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigError);
    return (thrown as ConfigError).message;
  }
  throw new Error('the configuration was taken');
}

/** Whom a server lets in with this key. */
async function callerOf(config: Config, apiKey: string | undefined): Promise<Caller | null> {
  const storage = new MemoryStorage({ keepSeconds: 1000 });
  const keyring = new StoredKeyring(config, storage, (error) => expect.unreachable(String(error)));
  await keyring.load();
  await keyring.close();
  return admit({ headers: {}, apiKey: apiKey ?? '' }, { keyring, config }, 'http').caller;
}

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      anthropic: null,
      keys: [],
      modelAliases: {},
      strict: false,
      upstreamTimeoutMs: 600_000,
      idleTimeoutMs: 120_000,
      maxRetries: 2,
      bodyLimit: 32 * 1024 * 1024,
      corsOrigins: [],
      drainTimeoutMs: 30_000,
      workers: 1,
      logLevel: 'info',
    });
  });

  it('takes every variable', () => {
    const config = readConfig({
      HOST: '0.0.0.0',
      PORT: '0',
      ANTHROPIC_API_KEY: 'sk-ant',
      ANTHROPIC_BASE_URL: 'https://claude.example.com/proxy',
      TRESTLE_API_KEYS: ' one , two,, ',
      TRESTLE_MODEL_ALIASES: '{"gpt-4o":"claude-sonnet-5-5"}',
      TRESTLE_STRICT: 'true',
      TRESTLE_UPSTREAM_TIMEOUT_MS: '1',
      TRESTLE_IDLE_TIMEOUT_MS: '2',
      TRESTLE_MAX_RETRIES: '0',
      TRESTLE_BODY_LIMIT: '3',
      TRESTLE_CORS_ORIGINS: 'https://a.example, https://b.example',
      TRESTLE_DRAIN_TIMEOUT_MS: '4',
      LOG_LEVEL: 'warn',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      anthropic: { baseUrl: 'https://claude.example.com/proxy', authorization: { apiKey: 'sk-ant' } },
      modelAliases: { 'gpt-4o': 'claude-sonnet-5-5' },
      strict: true,
      upstreamTimeoutMs: 1,
      idleTimeoutMs: 2,
      maxRetries: 0,
      bodyLimit: 3,
      corsOrigins: ['https://a.example', 'https://b.example'],
      drainTimeoutMs: 4,
      logLevel: 'warn',
    });
    expect(config.keys).toHaveLength(2);
  });

  it('takes an empty variable for one that is not set', () => {
    const names = ['HOST', 'PORT', 'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'LOG_LEVEL'];
    const ours = ['API_KEYS', 'MODEL_ALIASES', 'STRICT', 'MAX_RETRIES', 'BODY_LIMIT', 'CORS_ORIGINS'];
    const empty = Object.fromEntries([...names, ...ours.map((name) => `TRESTLE_${name}`)].map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('prefers the key to the token, and takes either', () => {
    expect(readConfig({ ANTHROPIC_AUTH_TOKEN: 'token' }).anthropic?.authorization).toEqual({ authToken: 'token' });
    expect(readConfig({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_AUTH_TOKEN: 'token' }).anthropic?.authorization).toEqual({
      apiKey: 'key',
    });
  });

  it('names every variable at fault in one message, and none of the others', () => {
    const wrong = {
      HOST: '0.0.0.0',
      PORT: '65536',
      ANTHROPIC_BASE_URL: 'claude.example.com',
      TRESTLE_MODEL_ALIASES: '{"gpt-4o":1}',
      TRESTLE_STRICT: 'yes',
      TRESTLE_UPSTREAM_TIMEOUT_MS: '1s',
      TRESTLE_IDLE_TIMEOUT_MS: '0',
      TRESTLE_MAX_RETRIES: '-1',
      TRESTLE_BODY_LIMIT: '1.5',
      TRESTLE_DRAIN_TIMEOUT_MS: '1e3',
      LOG_LEVEL: 'loud',
    };
    const message = messageOf({ ...wrong, TRESTLE_CORS_ORIGINS: 'https://a.example' });
    const named = [...message.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
    const { HOST: _host, ...variables } = wrong;
    expect(named.sort()).toEqual([...Object.keys(variables), 'TRESTLE_API_KEYS'].sort());
  });

  it('takes a number of workers, or one for each core', () => {
    expect(readConfig({ TRESTLE_WORKERS: '4' }).workers).toBe(4);
    expect(readConfig({ TRESTLE_WORKERS: 'auto' }).workers).toBe(availableParallelism());
    for (const wrong of ['0', '-1', '1.5', 'all', '1000']) {
      expect(messageOf({ TRESTLE_WORKERS: wrong })).toContain('TRESTLE_WORKERS: expected a number');
    }
  });

  it.each(['[]', '"x"', '{', 'null', '{"a":""}'])('refuses %s as aliases', (text) => {
    expect(messageOf({ TRESTLE_MODEL_ALIASES: text })).toContain('TRESTLE_MODEL_ALIASES');
  });

  it('does not repeat a value in its message, for it may be a secret in the wrong place', () => {
    expect(messageOf({ PORT: 'sk-ant-secret', ANTHROPIC_BASE_URL: 'sk-ant-secret' })).not.toContain('sk-ant-secret');
  });
});

describe('a server without keys', () => {
  it.each(['127.0.0.1', '127.8.9.10', 'localhost', '::1'])('may listen on %s', (host) => {
    expect(readConfig({ HOST: host }).host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', 'localhost.example.com', '127.0.0.1.example.com'])(
    'may not listen on %s, unless it gets keys',
    (host) => {
      expect(messageOf({ HOST: host })).toMatch(/TRESTLE_API_KEYS: needed when HOST is/);
      expect(messageOf({ HOST: host, TRESTLE_API_KEYS: ' , ' })).toContain('TRESTLE_API_KEYS');
      expect(readConfig({ HOST: host, TRESTLE_API_KEYS: 'key', ANTHROPIC_API_KEY: 'sk-ant' }).keys).toHaveLength(1);
    },
  );

  it('takes anyone', async () => {
    expect(await callerOf(readConfig({}), undefined)).toMatchObject({ id: 'open', fingerprint: 'open' });
  });

  it('takes nobody without a key when it can be reached from elsewhere, and keys are made with the admin key', async () => {
    const config = readConfig({ HOST: '0.0.0.0', TRESTLE_ADMIN_KEY: 'admin', ANTHROPIC_API_KEY: 'sk-ant' });
    for (const key of [undefined, 'any', 'admin']) expect(await callerOf(config, key)).toBeNull();
  });
});

describe('keys', () => {
  const config = readConfig({ TRESTLE_API_KEYS: 'first,second', ANTHROPIC_API_KEY: 'sk-ant' });
  const { keys } = config;

  it('are held as hashes with a short fingerprint', () => {
    expect(JSON.stringify(keys)).not.toContain('first');
    expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([
      expect.stringMatching(/^[0-9a-f]{8}$/),
      expect.stringMatching(/^[0-9a-f]{8}$/),
    ]);
  });

  it.each(['first', 'second'])('let %s in', async (key) => {
    expect((await callerOf(config, key))?.id).toBe(keys[key === 'first' ? 0 : 1]!.id);
  });

  it.each([undefined, '', 'firs', 'first ', 'FIRST', 'first,second', 'firstsecond'])(
    'do not let %s in',
    async (key) => {
      expect(await callerOf(config, key)).toBeNull();
    },
  );

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc ', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    [undefined, undefined],
  ])('are read from %s', (header, key) => {
    expect(presentedKeys({ authorization: header })).toEqual(key === undefined ? [] : [key]);
  });
});

describe('the simulated Claude', () => {
  it('answers only where it can be mistaken by nobody, or where it is asked for', () => {
    const places: [Record<string, string>, boolean][] = [
      [{}, true],
      [{ NODE_ENV: 'development' }, true],
      [{ NODE_ENV: 'production' }, false],
      [{ TRESTLE_API_KEYS: 'key' }, false],
      [{ TRESTLE_API_KEYS: 'key', HOST: '0.0.0.0' }, false],
    ];
    for (const [environment, may] of places) {
      if (may) expect(readConfig(environment).anthropic).toBeNull();
      else expect(messageOf(environment)).toMatch(/ANTHROPIC_API_KEY: needed.*TRESTLE_DEMO=true/);
      expect(readConfig({ ...environment, TRESTLE_DEMO: 'true' }).anthropic).toBeNull();
      expect(readConfig({ ...environment, ANTHROPIC_AUTH_TOKEN: 'token' }).anthropic).not.toBeNull();
    }
    expect(readConfig({ TRESTLE_DEMO: 'true', ANTHROPIC_API_KEY: 'sk-ant' }).anthropic).toBeNull();
  });
});

describe('secrets and addresses', () => {
  it('are trimmed of the line break that files end with', () => {
    const { anthropic } = readConfig({ ANTHROPIC_API_KEY: ' sk-ant\n', ANTHROPIC_BASE_URL: 'https://x.example/' });
    expect(anthropic).toEqual({ authorization: { apiKey: 'sk-ant' }, baseUrl: 'https://x.example' });
  });

  it.each([
    ['ANTHROPIC_API_KEY', 'sk-ant\nsecond-line'],
    ['ANTHROPIC_API_KEY', 'sk-änt'],
    ['ANTHROPIC_AUTH_TOKEN', 'two words'],
    ['TRESTLE_API_KEYS', 'fine,two words'],
    ['TRESTLE_API_KEYS', 'schlüssel'],
    ['ANTHROPIC_BASE_URL', 'https://api.anthropic.com/v1'],
    ['ANTHROPIC_BASE_URL', 'https://api.anthropic.com/v1/'],
    ['TRESTLE_CORS_ORIGINS', 'page.example'],
    ['TRESTLE_CORS_ORIGINS', 'https://app.example.com/'],
    ['TRESTLE_CORS_ORIGINS', 'https://app.example.com/chat'],
    ['TRESTLE_CORS_ORIGINS', 'https://ok.example,null'],
    ['TRESTLE_PUBLIC_URL', 'app.example.com'],
  ])('%s may not be %j', (name, value) => {
    const message = messageOf({ ANTHROPIC_API_KEY: 'sk-ant', [name]: value });
    expect(message).toContain(`\n  ${name}: `);
    expect(message).not.toContain(value);
  });
});
