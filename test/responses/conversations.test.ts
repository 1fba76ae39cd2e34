import { OpenAIConversationsSession, OpenAIProvider, run, setTracingDisabled, Agent } from '@openai/agents';
import { BadRequestError } from 'openai-7';
import { describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { clientOf, model } from './responses-client.ts';

// It would send traces to OpenAI.
setTracingDisabled(true);

function lastTurns(app: AppResource): unknown {
  return (app.fake.requests.at(-1)!.body as ClaudeBody).messages.map(({ role, content }) => [
    role,
    typeof content === 'string' ? content : content.map((block) => block.type),
  ]);
}

describe('a conversation', () => {
  test('is made, changed, retrieved and deleted', async () => {
    await using app = await startApp();
    const { conversations } = clientOf(app);
    const made = await conversations.create({ metadata: { a: 'b' } });
    expect(made).toMatchObject({ object: 'conversation', metadata: { a: 'b' } });
    expect(await conversations.update(made.id, { metadata: { c: 'd' } })).toMatchObject({ metadata: { c: 'd' } });
    expect(await conversations.retrieve(made.id)).toEqual({ ...made, metadata: { c: 'd' } });
    expect(await conversations.delete(made.id)).toEqual({ id: made.id, object: 'conversation.deleted', deleted: true });
    await expect(conversations.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });

  test('has items, each with an id', async () => {
    await using app = await startApp();
    const { conversations } = clientOf(app);
    const { id } = await conversations.create({ items: [{ role: 'user', content: 'one' }] });
    const added = await conversations.items.create(id, {
      items: [
        { role: 'user', content: 'two' },
        { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
      ],
    });
    expect(added.data).toHaveLength(2);
    const seen: string[] = [];
    for await (const item of conversations.items.list(id, { order: 'asc', limit: 2 })) seen.push(item.id!);
    expect(new Set(seen).size).toBe(3);
    const second = await conversations.items.retrieve(seen[1]!, { conversation_id: id });
    expect(second).toMatchObject({ role: 'user', content: [{ type: 'input_text', text: 'two' }] });
    await conversations.items.delete(seen[1]!, { conversation_id: id });
    const left = await conversations.items.list(id);
    expect(left.data.map((item) => item.id)).toEqual([seen[2], seen[0]]);
  });

  test('goes on with each response, and Claude has its own thinking again', async () => {
    await using app = await startApp();
    const client = clientOf(app);
    const { id } = await client.conversations.create();
    const tools = [{ type: 'function' as const, name: 'look', strict: false, parameters: { type: 'object' } }];
    const thinks = { type: 'thinking', thinking: 'Hm', signature: '' };
    const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
    app.fake.reply({ message: { content: [thinks, call], stop_reason: 'tool_use' } });
    const first = await client.responses.create({ model, tools, conversation: id, input: 'Weather?' });
    expect(first.conversation).toEqual({ id });
    const output = { type: 'function_call_output' as const, call_id: 'toolu_1', output: 'rain' };
    const stream = client.responses.stream({ model, tools, conversation: { id }, input: [output] });
    await stream.finalResponse();
    expect(lastTurns(app)).toEqual([
      ['user', 'Weather?'],
      ['assistant', ['thinking', 'tool_use']],
      ['user', ['tool_result']],
    ]);
    const items = await client.conversations.items.list(id, { order: 'asc' });
    expect(items.data.map(({ type }) => type)).toEqual([
      'message',
      'reasoning',
      'function_call',
      'function_call_output',
      'reasoning',
      'message',
    ]);
    expect(app.fake.refusals).toEqual([]);
  });

  test("is nobody else's, and does not go with a response before", async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'one,two' } });
    const [one, two] = [clientOf(app, 'one'), clientOf(app, 'two')];
    const { id } = await one.conversations.create({ items: [{ role: 'user', content: 'secret' }] });
    for (const attempt of [
      () => two.conversations.retrieve(id),
      () => two.conversations.items.list(id),
      () => two.conversations.delete(id),
      () => two.responses.create({ model, conversation: id, input: 'x' }),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 404 });
    const both = one.responses.create({ model, conversation: id, previous_response_id: 'resp_1', input: 'x' });
    await expect(both).rejects.toBeInstanceOf(BadRequestError);
  });

  test('is the session of an agent', async () => {
    await using app = await startApp();
    const provider = new OpenAIProvider({ apiKey: app.apiKey, baseURL: `${app.url}/v1` });
    const agent = new Agent({ name: 'Greeter', model: await provider.getModel(model) });
    // Of the version of OpenAI's client that the SDK has.
    const session = new OpenAIConversationsSession({ client: clientOf(app) as never });
    await run(agent, 'Hello', { session });
    await run(agent, 'And again', { session });
    expect(lastTurns(app)).toMatchObject([
      ['user', 'Hello'],
      ['assistant', expect.anything()],
      ['user', 'And again'],
    ]);
    await session.clearSession();
  });
});
