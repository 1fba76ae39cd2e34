import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

it("has the SDK build each request in the way that this project's override does", async () => {
  await using fake = await startFakeClaude();
  const built = vi.spyOn(SdkClient.prototype, 'buildRequest');
  await callAll(fake);
  expect(fake.requests).toHaveLength(5);
  expect(built).toHaveBeenCalledTimes(5);
});

it('sends the same without that override', async () => {
  await using overridden = await startFakeClaude();
  await using plain = await startFakeClaude();
  await callAll(overridden);
  const own = vi.spyOn(SdkClient.prototype, 'buildRequest');
  own.mockImplementation(function build(this: SdkClient, options) {
    return Object.getPrototypeOf(SdkClient.prototype).buildRequest.call(this, options);
  });
  await callAll(plain);
  expect(own).toHaveBeenCalledTimes(5);
  expect(sentTo(plain)).toEqual(sentTo(overridden));
  expect([...overridden.refusals, ...plain.refusals]).toEqual([]);
});
