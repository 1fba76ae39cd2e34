import { describe, expect, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion, CompletionMessage } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { parseSse, postChat } from '../support/rest-request.ts';
import type { ClaudeBlock } from '../support/rules-blocks.ts';
import type { ClaudeBody } from '../support/rules-body.ts';

// Pitfall 6: a thinking block without text, but with a signature, was taken for empty and left out.

const QUESTION = { role: 'user', content: 'Is it warm in Oslo?' };
const RESULT = { role: 'tool', tool_call_id: 'toolu_1', content: '7 degrees' };
const TOOL = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const CALL = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {}, caller: { type: 'direct' } };
const SILENT = { type: 'thinking', thinking: '', signature: '' };
const REDACTED = { type: 'redacted_thinking', data: '' };
const MODELS = ['claude-sonnet-4-6', 'claude-haiku-4-5', 'claude-opus-5', 'claude-opus-5-5', 'claude-fable-5-2'];

/** The message of an answer that thought without a word, and then called. */
async function ask(app: AppResource, request: object, stream: boolean): Promise<CompletionMessage> {
  app.fake.reply({ message: { content: [SILENT, REDACTED, CALL] } });
  const response = await postChat(app, { ...request, stream });
  expect(response.status).toBe(200);
  // Sound: the contract's own tests hold chunks to their schema.
  const completion = stream
    ? foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[])
    : ((await response.json()) as ChatCompletion);
  return completion.choices[0]!.message;
}

/** The assistant's turn as Claude got it back. */
async function returned(app: AppResource, request: object, message: object): Promise<ClaudeBlock[]> {
  const response = await postChat(app, { ...request, messages: [QUESTION, message, RESULT] });
  expect([response.status, app.fake.refusals]).toEqual([200, []]);
  const { messages } = app.fake.requests.at(-1)!.body as ClaudeBody;
  return messages[1]!.content as ClaudeBlock[];
}

const signed = expect.stringMatching(/./) as string;
const whole = [{ ...SILENT, signature: signed }, { ...REDACTED, data: signed }, CALL];

describe.each([false, true])('thinking without text goes back with its signature (stream: %s)', (stream) => {
  test.each(MODELS)('kept for a client that knows nothing of it, on %s', async (model) => {
    await using app = await startApp();
    const request = { model, messages: [QUESTION], tools: [TOOL], reasoning_effort: 'high' };
    const { content, tool_calls } = await ask(app, request, stream);
    const blocks = await returned(app, request, { role: 'assistant', content, tool_calls });
    expect(blocks).toEqual(whole);
  });

  test.each(MODELS)('sent back by a client that keeps it, on %s', async (model) => {
    await using app = await startApp();
    const request = { model, messages: [QUESTION], tools: [TOOL], reasoning_effort: 'high' };
    const message = await ask(app, request, stream);
    expect(message).not.toHaveProperty('reasoning_content');
    expect(message.reasoning_details).toMatchObject(whole.slice(0, 2));
    // Another server, which kept nothing of it.
    await using other = await startApp({ fake: app.fake });
    const { caller: _caller, ...call } = CALL;
    const blocks = await returned(other, request, message);
    expect(blocks).toMatchObject([...whole.slice(0, 2), call]);
  });
});

describe.each([false, true])(
  'thinking of a request whose tools are those of its history alone (stream: %s)',
  (stream) => {
    // With a budget of tokens Claude does not think on from a call whose own thinking is not there.
    test.each(MODELS.filter((model) => model !== 'claude-haiku-4-5'))('goes back on %s', async (model) => {
      await using app = await startApp();
      const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
      const history = [
        QUESTION,
        { role: 'assistant', content: null, tool_calls: [call] },
        { ...RESULT, tool_call_id: 'call_1' },
        { role: 'user', content: 'And tomorrow?' },
      ];
      const request = { model, reasoning_effort: 'high', stream };
      const said = [
        { type: 'thinking' as const, thinking: 'Hm.', signature: '' },
        { type: 'text' as const, text: 'Yes' },
      ];
      app.fake.reply({ message: { content: said } });
      const response = await postChat(app, { ...request, messages: history });
      const { choices } = stream
        ? foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[])
        : ((await response.json()) as ChatCompletion);
      const messages = [...history, choices[0]!.message, { role: 'user', content: 'And the day after?' }];
      const next = await postChat(app, { ...request, messages });
      expect([next.status, app.fake.refusals]).toEqual([200, []]);
      expect(next.headers.get('x-trestle-notices') ?? '').not.toContain('reasoning_details');
      const sent = app.fake.requests.at(-1)!.body as ClaudeBody;
      expect(sent.messages.at(-2)!.content).toMatchObject([{ ...said[0], signature: signed }, said[1]]);
      await next.text();
    });
  },
);
