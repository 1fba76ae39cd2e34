import { describe, expect, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion, CompletionMessage } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { parseSse, postChat } from '../support/rest-request.ts';
import type { ClaudeBlock } from '../support/rules-blocks.ts';
import type { ClaudeBody } from '../support/rules-body.ts';

// Pitfall 25: the blocks of Claude's own tools were lost or torn apart on replay, and Claude refused the request.

const MODELS = ['claude-sonnet-4-6', 'claude-opus-4-5', 'claude-haiku-5-5', 'claude-opus-5-5', 'claude-fable-5-2'];
const QUESTION = { role: 'user', content: 'Is it warm in Oslo?' };
const TOOL = { type: 'function', function: { name: 'convert', parameters: { type: 'object', properties: {} } } };

const page = (url: string) => ({ url, title: 'Oslo in May' });
const cited = (url: string) => ({
  type: 'web_search_result_location',
  cited_text: 'Mild.',
  encrypted_index: 'Eo8B',
  ...page(url),
});
/** One of Claude's own searches: its call, and what it found. */
const search = (id: string, url: string) => [
  { type: 'server_tool_use', id, name: 'web_search', input: { query: 'Oslo' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: id,
    content: [{ type: 'web_search_result', ...page(url), encrypted_content: 'EqgB/+=', page_age: null }],
  },
];
const FIRST = search('srvtoolu_1', 'https://example.com/1');
const SECOND = search('srvtoolu_2', 'https://example.com/2');
const text = (said: string, url?: string) => ({
  type: 'text',
  text: said,
  citations: url === undefined ? null : [cited(url)],
});
const CALL = { type: 'tool_use', id: 'toolu_1', name: 'convert', input: { celsius: 7 }, caller: { type: 'direct' } };
const THINKING = { type: 'thinking', thinking: 'Hm.', signature: '' };

const SEARCHED = [text('Let me see. '), ...FIRST, text('It is ', 'https://example.com/1'), ...SECOND, text('mild.')];

type Ask = (app: AppResource, request: object) => Promise<CompletionMessage>;

async function answered(app: AppResource, request: object): Promise<Response> {
  const response = await postChat(app, request);
  if (!response.ok) throw new Error(await response.text());
  return response;
}

const WAYS: [string, Ask][] = [
  [
    'whole',
    async (app, request) => {
      const completion = (await (await answered(app, request)).json()) as ChatCompletion;
      return completion.choices[0]!.message;
    },
  ],
  [
    'streamed',
    async (app, request) => {
      const { chunks } = parseSse(await (await answered(app, { ...request, stream: true })).text());
      // Sound: the contract's own tests hold chunks to their schema.
      return foldChunks(chunks as unknown as ChatCompletionChunk[]).choices[0]!.message;
    },
  ],
];

/** Plays these blocks once, as one answer, or as paused ones that go on. */
function play({ fake }: AppResource, ...answers: object[][]): void {
  for (const [index, content] of answers.entries()) {
    const paused = index < answers.length - 1;
    fake.reply({ message: { content, ...(paused && { stop_reason: 'pause_turn' as const }) } });
  }
}

/** The assistant's last turn as Claude got it back. */
function returned({ fake }: AppResource): ClaudeBlock[] {
  const { messages } = fake.requests.at(-1)!.body as ClaudeBody;
  const { content } = messages.findLast(({ role }) => role === 'assistant')!;
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function textIn(blocks: readonly ClaudeBlock[]): string {
  return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

describe.each(WAYS)('an answer with web searches that a client sends back, %s,', (_, ask) => {
  test.each(MODELS)('is taken as the text that it was, citations and all, on %s', async (model) => {
    await using app = await startApp();
    play(app, SEARCHED);
    const request = { model, messages: [QUESTION], web_search_options: {} };
    const message = await ask(app, request);
    expect(message.annotations).toHaveLength(1);
    const messages = [QUESTION, message, { role: 'user', content: 'And in Bergen?' }];
    for (const fields of [{ web_search_options: {} }, {}]) {
      const response = await answered(app, { ...request, web_search_options: undefined, ...fields, messages });
      expect(textIn(returned(app))).toBe('Let me see. It is mild.');
      expect(((await response.json()) as ChatCompletion).notices ?? []).toEqual([]);
    }
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('is taken with its reasoning, on %s', async (model) => {
    await using app = await startApp();
    play(app, [THINKING, ...SEARCHED]);
    const request = { model, messages: [QUESTION], web_search_options: {}, reasoning_effort: 'high' };
    const message = await ask(app, request);
    expect(message.reasoning_content).toBe('Hm.');
    expect(message.reasoning_details).toHaveLength(1);
    await answered(app, { ...request, messages: [QUESTION, message, { role: 'user', content: 'Why?' }] });
    const blocks = returned(app);
    expect(textIn(blocks)).toBe('Let me see. It is mild.');
    expect(blocks[0]).toMatchObject({ type: 'thinking', thinking: 'Hm.' });
    expect(app.fake.refusals).toEqual([]);
  });

  test.each(MODELS)('is taken as plain text alone, on %s', async (model) => {
    await using app = await startApp();
    play(app, [THINKING, ...SEARCHED]);
    const request = { model, messages: [QUESTION], web_search_options: {}, reasoning_effort: 'high' };
    const { content } = await ask(app, request);
    const messages = [QUESTION, { role: 'assistant', content }, { role: 'user', content: 'Why?' }];
    await answered(app, { ...request, messages });
    expect(returned(app)).toEqual([{ type: 'text', text: 'Let me see. It is mild.' }]);
    expect(app.fake.refusals).toEqual([]);
  });
});

describe.each(WAYS)('searches before a call of the caller, %s,', (_, ask) => {
  const loop = async (app: AppResource, model: string, ...answers: object[][]): Promise<CompletionMessage> => {
    play(app, ...answers);
    const request = { model, tools: [TOOL], web_search_options: {}, reasoning_effort: 'high' };
    const message = await ask(app, { ...request, messages: [QUESTION] });
    // A client that knows nothing of thinking or of searches.
    const { content, tool_calls } = message;
    const result = { role: 'tool', tool_call_id: 'toolu_1', content: '45 F' };
    await ask(app, { ...request, messages: [QUESTION, { role: 'assistant', content, tool_calls }, result] });
    expect(app.fake.refusals).toEqual([]);
    return message;
  };

  test.each(MODELS)('go back in their order and unmodified, on %s', async (model) => {
    await using app = await startApp();
    const message = await loop(app, model, [THINKING, ...SEARCHED, CALL]);
    expect(message.tool_calls).toMatchObject([{ id: 'toolu_1' }]);
    const blocks = returned(app);
    expect(blocks).toEqual([{ ...THINKING, signature: expect.any(String) as string }, ...SEARCHED, CALL]);
    expect(blocks[0]!.signature).not.toBe('');
  });

  test.each(MODELS)('go back whole when Claude paused between them, on %s', async (model) => {
    await using app = await startApp();
    const said = [text('It is mild.', 'https://example.com/2'), CALL];
    await loop(app, model, [THINKING, ...FIRST], [...SECOND], said);
    expect(returned(app).slice(1)).toEqual([...FIRST, ...SECOND, ...said]);
  });
});

test('searches of an answer without thinking leave its text, and the loop goes on', async () => {
  await using app = await startApp();
  play(app, [...SEARCHED, CALL]);
  const request = { model: 'claude-sonnet-4-6', tools: [TOOL], web_search_options: {} };
  const message = await WAYS[0]![1](app, { ...request, messages: [QUESTION] });
  const result = { role: 'tool', tool_call_id: 'toolu_1', content: '45 F' };
  await answered(app, { ...request, messages: [QUESTION, message, result] });
  const blocks = returned(app);
  expect(textIn(blocks)).toBe('Let me see. It is mild.');
  expect(blocks.at(-1)).toMatchObject({ type: 'tool_use', id: 'toolu_1', input: { celsius: 7 } });
  expect(app.fake.refusals).toEqual([]);
});
