import { Anthropic } from '@anthropic-ai/sdk';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { Cancellation } from '../../server/calls/cancellation.ts';
import { ClaudeClient } from '../../server/upstream/claude-client.ts';
import { SdkClient } from '../../server/upstream/sdk-client.ts';
import { type FakeClaude, startFakeClaude } from '../support/fake-claude.ts';
import { MODEL } from './post-chat.ts';

const BODY = { model: MODEL, max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] };
const LONG = { ...BODY, messages: [{ role: 'user', content: 'Grüße 😀 '.repeat(100_000) }] };

/** One request of each kind, with texts and bytes. */
async function callAll(fake: FakeClaude): Promise<void> {
  const client = new ClaudeClient({
    baseUrl: `${fake.url}/`,
    authorization: { authToken: 'test-upstream-key' },
    upstreamTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    maxRetries: 0,
    counts: { requests: 0, retries: 0 },
  });
  const signal = new Cancellation();
  try {
    await client.complete({ version: '2023-06-01', json: Buffer.from(JSON.stringify(BODY)) }, signal);
    await client.complete({ version: '2026-10-21', json: JSON.stringify(LONG) }, signal);
    const streamed = { version: '2026-10-21', json: JSON.stringify({ ...BODY, stream: true }) } as const;
    for await (const batch of (await client.stream(streamed, signal)).answer) expect(batch).not.toEqual([]);
    const { max_tokens: _maxTokens, ...counted } = BODY;
    await client.countTokens({ version: '2026-10-21', json: JSON.stringify(counted) }, signal);
    await client.models(signal);
  } finally {
    await client.close();
  }
}

const sentTo = ({ requests }: FakeClaude) =>
  requests.map(({ method, path, headers: { host: _host, ...headers }, body }) => ({ method, path, headers, body }));

beforeEach(() => vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'authorization: Bearer sk-environment\nx-secret: environment'));

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const OVERRIDDEN = ['buildRequest', 'fetchWithTimeout'] as const;

it.each(OVERRIDDEN)("has the SDK make each request by this project's %s", async (name) => {
  await using fake = await startFakeClaude();
  expect(Object.hasOwn(SdkClient.prototype, name)).toBe(true);
  const called = vi.spyOn(SdkClient.prototype, name);
  await callAll(fake);
  expect(fake.requests).toHaveLength(5);
  expect(called).toHaveBeenCalledTimes(5);
});

it.each([...OVERRIDDEN.map((name) => [name]), OVERRIDDEN])(
  'sends the same without the override of %s',
  async (...names) => {
    await using overridden = await startFakeClaude();
    await using plain = await startFakeClaude();
    await callAll(overridden);
    const called = names.map((name) => {
      const own = vi.spyOn(SdkClient.prototype, name) as MockInstance<(...given: unknown[]) => unknown>;
      return own.mockImplementation(function call(this: SdkClient, ...given) {
        return Reflect.apply(Anthropic.prototype[name], this, given);
      });
    });
    await callAll(plain);
    for (const own of called) expect(own).toHaveBeenCalledTimes(5);
    expect(sentTo(plain)).toEqual(sentTo(overridden));
    expect([...overridden.refusals, ...plain.refusals]).toEqual([]);
  },
);
