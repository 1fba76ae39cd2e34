import { readUIMessageStream, type UIMessage, type UIMessageChunk, uiMessageChunkSchema } from 'ai';
import { describe, expect, test } from 'vitest';
import { replayParts } from '../../../client/ai-sdk/replay-parts.ts';
import { UiChunkConverter } from '../../../client/ai-sdk/ui-chunk-converter.ts';
import type { Delta } from '../../../shared/chat-chunk.ts';
import type { FinishReason } from '../../../shared/chat-completion.ts';

/** The parts of an answer with these deltas; each has the shape that the AI SDK demands. */
async function convert(deltas: Delta[], finishReason: FinishReason = 'stop'): Promise<UIMessageChunk[]> {
  const converter = new UiChunkConverter();
  const envelope = { id: 'chatcmpl-1', object: 'chat.completion.chunk' as const, created: 1, model: 'claude-opus-5-5' };
  const choice = { index: 0, logprobs: null };
  const parts = [
    ...deltas.map((delta) => ({ ...envelope, choices: [{ ...choice, delta, finish_reason: null }] })),
    { ...envelope, choices: [{ ...choice, delta: {}, finish_reason: finishReason }] },
    {
      ...envelope,
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      notices: [{ param: 'seed', action: 'ignored' as const, message: 'Claude has no seed' }],
    },
  ].flatMap((chunk) => converter.push(chunk));
  parts.push(...converter.finish());
  for (const part of parts) {
    expect(await uiMessageChunkSchema().validate!(part), JSON.stringify(part)).toMatchObject({ success: true });
  }
  return parts;
}

/** The message that the AI SDK makes of the parts. */
async function read(parts: UIMessageChunk[]): Promise<UIMessage> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  let message: UIMessage | undefined;
  for await (message of readUIMessageStream({ stream, terminateOnError: true }));
  return message!;
}

const calls = (...tool_calls: NonNullable<Delta['tool_calls']>): Delta => ({ tool_calls });
const details = [{ type: 'thinking' as const, thinking: 'Hm.', signature: 'signed' }];

describe('an answer becomes a message', () => {
  test('reasoning, text and calls, each started, filled and ended in its order', async () => {
    const parts = await convert(
      [
        { role: 'assistant', content: null, refusal: null },
        { reasoning_content: 'H' },
        { reasoning_content: 'm.' },
        { reasoning_details: details },
        { content: 'I ' },
        { content: 'look.' },
        calls({ index: 0, id: 'a', type: 'function', function: { name: 'weather', arguments: '' } }),
        calls({ index: 0, function: { arguments: '{"city":' } }),
        calls({ index: 0, function: { arguments: '"Oslo"}' } }),
        calls({ index: 1, id: 'b', type: 'function', function: { name: 'time', arguments: '' } }),
      ],
      'tool_calls',
    );
    expect(parts.map(({ type }) => type)).toEqual([
      'reasoning-start',
      'reasoning-delta',
      'reasoning-delta',
      'reasoning-end',
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'tool-input-start',
      'tool-input-delta',
      'tool-input-delta',
      'tool-input-available',
      'tool-input-start',
      'tool-input-available',
      'finish-step',
      'finish',
    ]);
    expect(parts.at(-1)).toMatchObject({ finishReason: 'tool-calls' });
    expect((await read(parts)).parts).toMatchObject([
      { type: 'reasoning', text: 'Hm.', providerMetadata: { trestle: { reasoningDetails: details } } },
      { type: 'text', text: 'I look.', state: 'done' },
      { type: 'tool-weather', toolCallId: 'a', state: 'input-available', input: { city: 'Oslo' } },
      { type: 'tool-time', toolCallId: 'b', state: 'input-available', input: {} },
    ]);
  });

  test('its id, model, usage and notices are the metadata', async () => {
    expect((await read(await convert([{ content: 'Hello' }]))).metadata).toEqual({
      id: 'chatcmpl-1',
      model: 'claude-opus-5-5',
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      notices: [{ param: 'seed', action: 'ignored', message: 'Claude has no seed' }],
    });
  });

  test('thinking of which nothing is shown is kept all the same', async () => {
    const { parts } = await read(await convert([{ reasoning_details: details }, { content: 'Hello' }]));
    expect(parts).toMatchObject([
      { type: 'reasoning', text: '', state: 'done', providerMetadata: { trestle: { reasoningDetails: details } } },
      { type: 'text', text: 'Hello' },
    ]);
  });

  test('a call that was cut short is a failed one, with what came of it', async () => {
    const { parts } = await read(
      await convert(
        [calls({ index: 0, id: 'a', type: 'function', function: { name: 'weather', arguments: '{"ci' } })],
        'length',
      ),
    );
    const errorText: unknown = expect.stringContaining('cut short');
    expect(parts).toMatchObject([{ state: 'output-error', rawInput: '{"ci', errorText }]);
  });

  test('a free-form call has its text for input', async () => {
    const { parts } = await read(
      await convert(
        [
          calls({ index: 0, id: 'a', type: 'custom', custom: { name: 'shell', input: '' } }),
          calls({ index: 0, custom: { input: 'ls -l' } }),
        ],
        'tool_calls',
      ),
    );
    expect(parts).toMatchObject([
      { type: 'tool-shell', input: 'ls -l', callProviderMetadata: { trestle: { custom: true } } },
    ]);
  });

  test('citations are sources, each page once, and a refusal is text that is marked', async () => {
    const cited = (url: string) => ({
      type: 'url_citation' as const,
      url_citation: { start_index: 0, end_index: 1, url, title: 'A page' },
    });
    const { parts } = await read(
      await convert(
        [
          { content: 'It is so.' },
          { annotations: [cited('https://a.example'), cited('https://a.example'), cited('https://b.example')] },
          { refusal: 'No more.' },
        ],
        'content_filter',
      ),
    );
    expect(parts).toMatchObject([
      { type: 'text', text: 'It is so.' },
      { type: 'source-url', url: 'https://a.example', title: 'A page' },
      { type: 'source-url', url: 'https://b.example' },
      { type: 'text', text: 'No more.', providerMetadata: { trestle: { refusal: true } } },
    ]);
  });
});

test('the parts of a message make the same message again, and no call is asked for twice', async () => {
  const call = { type: 'tool-weather' as const, input: { city: 'Oslo' } };
  const parts: UIMessage['parts'] = [
    { type: 'step-start' },
    { type: 'reasoning', text: 'Hm.', state: 'done', providerMetadata: { trestle: { reasoningDetails: details } } },
    { type: 'text', text: 'I look.', state: 'done' },
    { ...call, toolCallId: 'a', state: 'output-available', output: { degrees: 4 } },
    { ...call, toolCallId: 'b', state: 'output-error', errorText: 'No such city' },
    { type: 'dynamic-tool', toolName: 'shell', toolCallId: 'c', state: 'output-available', input: 'ls', output: 'a b' },
    { type: 'source-url', sourceId: 'source-1', url: 'https://a.example', title: 'A page' },
  ];
  const chunks = replayParts(parts);
  expect(chunks.map(({ type }) => type)).not.toContain('tool-input-available');
  expect((await read(chunks)).parts).toMatchObject(parts);
});
