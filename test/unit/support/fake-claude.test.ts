import Anthropic from '@anthropic-ai/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { toEvents, toSse } from '../../support/claude-events.ts';
import { newestFakeModel } from '../../support/claude-models.ts';
import type { FakeClaude } from '../../support/fake-claude.ts';
import { startFakeClaude } from '../../support/fake-claude.ts';

const minimal = {
  model: 'claude-opus-4-8',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'hi' }],
};

function clientOf(fake: FakeClaude): Anthropic {
  return new Anthropic({ apiKey: 'test-upstream-key', baseURL: fake.url, maxRetries: 0 });
}

async function post(
  fake: FakeClaude,
  body: unknown,
  init: { headers?: Record<string, string>; signal?: AbortSignal; path?: string } = {},
): Promise<Response> {
  return await fetch(`${fake.url}${init.path ?? '/v1/messages'}`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-upstream-key', 'anthropic-version': '2026-10-21', ...init.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(init.signal ? { signal: init.signal } : {}),
  });
}

describe('the door', () => {
  test('asks for the right key, in either header', async () => {
    await using fake = await startFakeClaude();
    const wrong = await post(fake, minimal, { headers: { 'x-api-key': 'other' } });
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
    expect((await fetch(`${fake.url}/v1/models`)).status).toBe(401);
    expect((await clientOf(fake).messages.create(minimal)).role).toBe('assistant');
  });

  test('refuses with the documented body and keeps a list', async () => {
    await using fake = await startFakeClaude();
    const response = await post(fake, { ...minimal, temperature: 1 });
    const body = (await response.json()) as { request_id: string };
    expect(response.status).toBe(400);
    expect(body).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'temperature: Extra inputs are not permitted' },
      request_id: response.headers.get('request-id'),
    });
    expect(fake.refusals).toMatchObject([{ status: 400, request: { path: '/v1/messages' } }]);
  });

  test('refuses what is not JSON, what is too large, and unknown routes', async () => {
    await using fake = await startFakeClaude();
    expect((await post(fake, '{')).status).toBe(400);
    const large = await post(fake, `"${'x'.repeat(32 * 1024 * 1024)}"`);
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ error: { type: 'request_too_large' } });
    expect((await post(fake, {}, { path: '/v1/complete' })).status).toBe(404);
  });
});

describe('models', () => {
  test('are listed page by page with their capabilities', async () => {
    await using fake = await startFakeClaude({ extraModels: [newestFakeModel('claude-opus-6')] });
    const ids: string[] = [];
    for await (const model of clientOf(fake).models.list({ limit: 7 })) ids.push(model.id);
    expect(ids).toContain('claude-opus-6');
    expect(new Set(ids).size).toBe(20);
    expect(fake.requests).toHaveLength(3);
  });

  test('are found by id and alias', async () => {
    await using fake = await startFakeClaude();
    const model = await clientOf(fake).models.retrieve('claude-opus-4-5');
    expect(model).toMatchObject({
      id: 'claude-opus-4-5-20251101',
      max_tokens: 64_000,
      max_input_tokens: 200_000,
      display_name: 'Claude Opus 4.5',
      capabilities: { thinking: { types: { adaptive: { supported: false }, enabled: { supported: true } } } },
    });
    await expect(clientOf(fake).models.retrieve('claude-opus-9')).rejects.toThrow('model: claude-opus-9');
  });
});

describe('answers without a script', () => {
  test('greet, whole and streamed alike', async () => {
    await using fake = await startFakeClaude({ pieceSize: 3 });
    const whole = await clientOf(fake).messages.create(minimal);
    const streamed = await clientOf(fake).messages.stream(minimal).finalMessage();
    expect(whole.content).toEqual([{ type: 'text', text: 'Hello! How can I help you today?', citations: null }]);
    expect(streamed.content).toMatchObject([{ type: 'text', text: 'Hello! How can I help you today?' }]);
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  test('think where the model does, and their thinking is taken back', async () => {
    await using fake = await startFakeClaude();
    const request = { ...minimal, model: 'claude-opus-5-5' };
    const first = await clientOf(fake).messages.create(request);
    expect(first.content[0]).toMatchObject({ type: 'thinking', thinking: '' });
    const shown = await clientOf(fake).messages.create({
      ...request,
      thinking: { type: 'adaptive', display: 'summarized' },
    });
    expect(shown.content[0]).toMatchObject({ type: 'thinking', thinking: 'The user says hello.' });
    expect(shown.usage.output_tokens_details).toEqual({ thinking_tokens: 31 });
    const messages: Anthropic.MessageParam[] = [
      ...request.messages,
      { role: 'assistant', content: first.content },
      ...request.messages,
    ];
    await clientOf(fake).messages.create({ ...request, messages });
    expect(fake.refusals).toEqual([]);
  });

  test('call a forced tool and fill the asked-for format with fitting values', async () => {
    await using fake = await startFakeClaude();
    const schema = {
      type: 'object' as const,
      properties: {
        city: { type: 'string', minLength: 6 },
        days: { type: 'integer', minimum: 2 },
        unit: { enum: ['C', 'F'] },
        tags: { type: 'array', items: { type: 'string' }, minItems: 1 },
      },
      required: ['city', 'days', 'unit', 'tags'],
    };
    const called = await clientOf(fake).messages.create({
      ...minimal,
      tools: [{ name: 'f', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'f' },
    });
    expect(called.stop_reason).toBe('tool_use');
    const [call] = called.content;
    expect(new Ajv2020().validate(schema, call?.type === 'tool_use' ? call.input : null)).toBe(true);
    const format = {
      type: 'json_schema' as const,
      schema: {
        type: 'object',
        properties: { when: { type: 'string', format: 'date' } },
        required: ['when'],
        additionalProperties: false,
      },
    };
    const formed = await clientOf(fake).messages.create({ ...minimal, output_config: { format } });
    expect(formed.content).toMatchObject([{ text: '{"when":"2026-11-22"}' }]);
  });

  test('count tokens', async () => {
    await using fake = await startFakeClaude();
    const { max_tokens: _unused, ...counted } = minimal;
    expect((await clientOf(fake).messages.countTokens(counted)).input_tokens).toBeGreaterThan(0);
  });
});

describe('scripted answers', () => {
  const streaming = { ...minimal, stream: true };

  test('are given in the order in which they were queued, then by the default handler', async () => {
    await using fake = await startFakeClaude();
    fake.reply({ message: { content: [{ type: 'text', text: 'one' }] } });
    fake.reply({ status: 529, headers: { 'retry-after': '7' } });
    fake.replyWith((body) => ({ message: { content: [{ type: 'text', text: body.model }] } }));
    expect(await (await post(fake, minimal)).json()).toMatchObject({ content: [{ text: 'one' }] });
    const busy = await post(fake, minimal);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([529, '7']);
    expect(await busy.json()).toMatchObject({ error: { type: 'overloaded_error', message: 'Overloaded' } });
    expect(await (await post(fake, minimal)).json()).toMatchObject({ content: [{ text: minimal.model }] });
  });

  test('keep event order, surrogate pairs and calls without arguments when streamed', async () => {
    await using fake = await startFakeClaude();
    const content = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'a😀b😀', citations: null },
      { type: 'tool_use', id: 'a', name: 'f', input: {} },
      { type: 'tool_use', id: 'b', name: 'f', input: { city: 'Oslo' } },
    ];
    fake.reply({ message: { content }, pieceSize: 2 });
    const sse = await (await post(fake, streaming)).text();
    const events = sse
      .split('\n\n')
      .filter(Boolean)
      .map((record) => JSON.parse(record.split('\ndata: ')[1] ?? '') as Record<string, unknown>);
    const deltas = events.map((event) => (event['delta'] as { type?: string } | undefined)?.type);
    const order = events.map((event, index) => deltas[index] ?? event['type']).join(' ');
    expect(order.replaceAll('content_block_', '')).toBe(
      [
        'message_start start ping thinking_delta signature_delta stop',
        'start text_delta text_delta stop',
        'start input_json_delta stop',
        `start ${'input_json_delta '.repeat(9)}stop`,
        'message_delta message_stop',
      ].join(' '),
    );
    const texts = events.map((event) => (event['delta'] as { text?: string } | undefined)?.text ?? '');
    expect(texts.filter(Boolean)).toEqual(['a😀', 'b😀']);
    fake.reply({ message: { content }, pieceSize: 2 });
    const whole = await clientOf(fake).messages.stream(minimal).finalMessage();
    expect(whole.content).toMatchObject(content);
    expect(whole.stop_reason).toBe('tool_use');
  });

  test('may be gated event by event', async () => {
    await using fake = await startFakeClaude();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    fake.reply({ events: [{ type: 'ping' }, () => gate, () => ({ type: 'late' })] });
    const response = await post(fake, streaming);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    expect(fake.openStreams).toBe(1);
    open();
    expect((await reader.read()).value).toContain('"late"');
    expect((await reader.read()).done).toBe(true);
    expect(await fake.requests[0]?.closed).toBeGreaterThan(0);
    expect([fake.openStreams, fake.requests[0]?.finished]).toEqual([0, true]);
  });

  test('may be raw bytes, cut off cleanly or by a reset', async () => {
    await using fake = await startFakeClaude();
    fake.reply({ sse: ['event: pi', Buffer.from('ng\ndata: {}\n\n')] });
    expect(await (await post(fake, streaming)).text()).toBe('event: ping\ndata: {}\n\n');
    fake.reply({ sse: 'event: ping\n', cut: 'reset' });
    await expect(post(fake, streaming).then((response) => response.text())).rejects.toThrow('terminated');
    fake.reply({ reset: true });
    await expect(post(fake, streaming)).rejects.toThrow('fetch failed');
  });

  test('may hang, and tell when the client went away', async () => {
    await using fake = await startFakeClaude();
    fake.reply({ hang: true });
    const controller = new AbortController();
    const answer = post(fake, streaming, { signal: controller.signal });
    const request = await fake.waitForRequest();
    const abortedAt = performance.now();
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect(await request.closed).toBeGreaterThanOrEqual(abortedAt);
    expect([request.finished, fake.openStreams]).toEqual([false, 0]);
  });

  test('stop at the next gate when the client goes away', async () => {
    await using fake = await startFakeClaude();
    fake.reply({ events: [{ type: 'ping' }, () => new Promise<void>(() => undefined), { type: 'never' }] });
    const controller = new AbortController();
    const response = await post(fake, streaming, { signal: controller.signal });
    controller.abort();
    await expect(response.text()).rejects.toThrow('aborted');
    await fake.requests[0]?.closed;
    expect(fake.openStreams).toBe(0);
  });

  test('wait for a slow reader', async () => {
    await using fake = await startFakeClaude();
    let written = 0;
    function* events(): Generator<object> {
      for (; written < 50; written += 1) yield { type: 'ping', padding: 'x'.repeat(1024 * 1024) };
    }
    fake.reply({ events: events() });
    const response = await post(fake, streaming);
    const reader = response.body!.getReader();
    let length = (await reader.read()).value?.length ?? 0;
    expect(written).toBeLessThan(50);
    for (let part = await reader.read(); !part.done; part = await reader.read()) length += part.value.length;
    expect(length).toBeGreaterThan(50 * 1024 * 1024);
  });

  test('teach the fake the signatures that they carry', async () => {
    await using fake = await startFakeClaude();
    const thinking = { type: 'thinking', thinking: '', signature: 'EqQBrecorded' };
    const text = { type: 'text', text: 'a' };
    const replayed = {
      ...minimal,
      messages: [...minimal.messages, { role: 'assistant', content: [thinking, text] }, ...minimal.messages],
    };
    expect((await post(fake, replayed)).status).toBe(400);
    fake.reply({ message: { content: [thinking, text] } });
    const message = (await (await post(fake, minimal)).json()) as Anthropic.Message;
    expect((await post(fake, replayed)).status).toBe(200);
    expect(toSse(toEvents(message))).toContain('"signature":"EqQBrecorded"');
  });
});

describe('recorded requests', () => {
  test('can be waited for before and after they came', async () => {
    await using fake = await startFakeClaude();
    const second = fake.waitForRequest(2);
    await post(fake, minimal);
    await post(fake, { ...minimal, system: 'second' });
    expect((await second).body).toMatchObject({ system: 'second' });
    expect((await fake.waitForRequest(1)).rawBody).toBe(JSON.stringify(minimal));
    expect((await second).headers['anthropic-version']).toBe('2026-10-21');
  });
});
