import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type CancelSignal, Cancellation } from '../../server/calls/cancellation.ts';
import { ClaudeClient } from '../../server/upstream/claude-client.ts';
import type { WrittenRequest } from '../../server/upstream/claude.ts';

const REQUEST: WrittenRequest = {
  version: '2026-10-21',
  json: JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] }),
};

const CALLS: Record<string, (client: ClaudeClient, signal: CancelSignal) => Promise<unknown>> = {
  'a whole answer': (client, signal) => client.complete(REQUEST, signal),
  'a stream': (client, signal) => client.stream(REQUEST, signal),
  'a count of tokens': (client, signal) => client.countTokens(REQUEST, signal),
  'the models': (client, signal) => client.models(signal),
};

test.each(Object.entries(CALLS))('%s that was aborted before opens no connection to Claude', async (_name, call) => {
  let connections = 0;
  const claude = createServer((socket) => {
    connections += 1;
    socket.end('HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => claude.listen(0, '127.0.0.1', resolve));
  const counts = { requests: 0, retries: 0 };
  const client = new ClaudeClient({
    baseUrl: `http://127.0.0.1:${(claude.address() as AddressInfo).port}`,
    authorization: { apiKey: 'k' },
    upstreamTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    maxRetries: 2,
    counts,
  });
  try {
    const left = new Cancellation();
    left.abort();
    await expect(call(client, left)).rejects.toMatchObject({ message: (left.reason as Error).message });
    expect(connections).toBe(0);
    expect(counts).toEqual({ requests: 0, retries: 0 });
    // Else the count would say nothing: a call that nobody aborted comes over one.
    await expect(call(client, new Cancellation())).rejects.toThrow();
    expect(connections).toBeGreaterThan(0);
  } finally {
    await client.close();
    claude.close();
  }
});
