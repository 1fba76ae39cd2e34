import { expect, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { parseSse, postChat } from '../support/rest-request.ts';

type Message = ChatCompletion['choices'][0]['message'];

/** Claude at its most mixed: it thinks, speaks, searches and calls in turns. */
const CONTENT = [
  { type: 'thinking', thinking: 'First. ' },
  { type: 'text', text: 'I look it up. 👀 ' },
  { type: 'redacted_thinking' },
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'Oslo' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'Eo8B' }],
  },
  { type: 'thinking', thinking: 'Second.' },
  { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'Oslo' } },
  { type: 'thinking', thinking: '' },
  { type: 'text', text: 'And once more.' },
  { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
];

const question = { role: 'user', content: 'Look.' };
const request = {
  reasoning_effort: 'high',
  web_search_options: {},
  tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }],
};

async function whole(app: AppResource, body: object): Promise<Message> {
  const response = await postChat(app, body);
  return ((await response.json()) as ChatCompletion).choices[0]!.message;
}

async function streamed(app: AppResource, body: object): Promise<Message> {
  const response = await postChat(app, { ...body, stream: true });
  const { chunks } = parseSse(await response.text());
  return foldChunks(chunks as unknown as ChatCompletionChunk[]).choices[0]!.message;
}

test('Claude gets its mixed answer back from a client that keeps calls alone, where it was kept', async () => {
  await using app = await startApp();
  const body = { model: 'claude-opus-5-5', ...request };
  app.fake.reply({ message: { content: CONTENT } });
  const { role, content, tool_calls: calls } = await streamed(app, { ...body, messages: [question] });
  const results = calls!.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'ok' }));

  await postChat(app, { ...body, messages: [question, { role, content, tool_calls: calls }, ...results] });

  expect(app.fake.refusals).toEqual([]);
  const { messages } = app.fake.requests[1]!.body as { messages: { content: object[] }[] };
  expect(messages[1]!.content).toMatchObject(CONTENT);
});

test.each([
  ['claude-opus-5-5', 'whole', whole],
  ['claude-opus-5-5', 'streamed', streamed],
  ['claude-opus-5', 'whole', whole],
  ['claude-fable-5-2', 'streamed', streamed],
])(
  'Claude gets its mixed answer back as it gave it, from a client that keeps it (%s, %s)',
  async (model, _way, ask) => {
    await using first = await startApp();
    // Another server: nothing is kept, so what goes back is the client's.
    await using second = await startApp();
    first.fake.reply({ message: { content: CONTENT } });
    const message = await ask(first, { model, ...request, messages: [question] });
    const results = ['toolu_1', 'toolu_2'].map((id) => ({ role: 'tool', tool_call_id: id, content: 'ok' }));

    const response = await postChat(second, { model, ...request, messages: [question, message, ...results] });

    expect(second.fake.refusals).toEqual([]);
    expect(response.status).toBe(200);
    const body = second.fake.requests[0]!.body as { messages: { content: { type: string }[] }[] };
    expect(body.messages[1]!.content).toMatchObject(CONTENT);
    expect(body.messages[1]!.content).toHaveLength(CONTENT.length);
  },
);

test('a loop of several rounds keeps all of its thinking, whichever server answers', async () => {
  const model = 'claude-opus-5-5';
  const messages: object[] = [question];
  for (let round = 0; round < 3; round += 1) {
    await using app = await startApp();
    const content = CONTENT.map((block) => ({
      ...block,
      ...('id' in block && { id: `${block.id}_${round}` }),
      ...('tool_use_id' in block && { tool_use_id: `${block.tool_use_id}_${round}` }),
    }));
    app.fake.reply({ message: { content } });

    const message = await (round % 2 === 0 ? streamed : whole)(app, { model, ...request, messages });

    expect(app.fake.refusals).toEqual([]);
    const body = app.fake.requests[0]!.body as { messages: { role: string; content: { type: string }[] }[] };
    const thoughts = body.messages
      .filter(({ role }) => role === 'assistant')
      .map((turn) => turn.content.filter(({ type }) => type.endsWith('thinking')).length);
    expect(thoughts).toEqual(Array.from({ length: round }, () => 4));
    const results = message.tool_calls!.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'ok' }));
    messages.push(message, ...results);
  }
});
