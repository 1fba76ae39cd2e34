import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

// Claude answers with empty text blocks at times, and refuses them when they come back.
test('a kept answer with an empty text block is taken back by Claude', async () => {
  await using app = await startApp();
  const tools = [{ type: 'function', function: { name: 'now' } }];
  app.fake.reply({
    message: {
      content: [
        { type: 'thinking', thinking: '', signature: 'S' },
        { type: 'text', text: '', citations: null },
        { type: 'tool_use', id: 'toolu_1', name: 'now', input: {}, caller: { type: 'direct' } },
      ],
      stop_reason: 'tool_use',
    },
  });
  const first = (await (await postChat(app, { ...HELLO, tools })).json()) as { choices: { message: object }[] };
  const messages = [
    ...HELLO.messages,
    first.choices[0]!.message,
    { role: 'tool', tool_call_id: 'toolu_1', content: 'noon' },
  ];
  const second = await postChat(app, { ...HELLO, tools, messages });
  expect([second.status, app.fake.refusals]).toEqual([200, []]);
  const { body } = app.fake.requests.at(-1)! as { body: { messages: { content: { type: string }[] }[] } };
  expect(body.messages[1]?.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
});
