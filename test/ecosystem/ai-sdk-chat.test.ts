import { Chat } from '@ai-sdk/react';
import { type ChatInit, type ChatTransport, lastAssistantMessageIsCompleteWithToolCalls, type UIMessage } from 'ai';
import { describe, expect, test, vi } from 'vitest';
import {
  TrestleChatTransport,
  type TrestleChatTransportOptions,
  TrestleError,
  type TrestleUIMessage,
} from '../../client/ai-sdk.ts';
import { createTrestleClient } from '../../client/index.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { gatedWords, wordsUpTo } from '../support/gated-words.ts';
import { QUESTION, playWeather, reportOf, sentTo, WEATHER_PARAMETERS, weatherIn } from './weather-agent.ts';

const MODEL = 'claude-opus-5-5';
const HELLO = 'Hello! How can I help you today?';

interface ChatResource extends AsyncDisposable {
  chat: Chat<TrestleUIMessage>;
  /** The text of the last message. */
  text(): string;
}

type Options = Partial<TrestleChatTransportOptions<TrestleUIMessage>>;

function startChat(
  { url, apiKey }: Pick<AppResource, 'url' | 'apiKey'>,
  options: Options = {},
  init: ChatInit<TrestleUIMessage> = {},
): ChatResource {
  const client = createTrestleClient({ url, apiKey });
  const transport = new TrestleChatTransport<TrestleUIMessage>({ model: MODEL, ...options, client });
  const chat = new Chat<TrestleUIMessage>({ id: 'chat-1', transport, ...init });
  return { chat, text: () => textOf(chat.messages.at(-1)), [Symbol.asyncDispose]: () => client.close() };
}

function textOf(message: UIMessage | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function memoryStorage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

describe("the AI SDK's Chat over TrestleChatTransport", () => {
  test('sends, shows the answer, and tells its usage and notices', async () => {
    await using app = await startApp();
    await using own = startChat(app, { system: 'Be brief.', body: async () => ({ seed: 1 }) });
    await own.chat.sendMessage({ text: 'Hello' }, { body: { max_completion_tokens: 50 } });
    expect(own.chat.status).toBe('ready');
    expect(own.text()).toBe(HELLO);
    expect(own.chat.lastMessage!.metadata).toMatchObject({
      id: own.chat.lastMessage!.id,
      model: MODEL,
      usage: { total_tokens: expect.any(Number) as number },
      notices: [{ param: 'seed', action: 'ignored' }],
    });
    expect(sentTo(app.fake)[0]).toMatchObject({ max_tokens: 50, system: 'Be brief.' });
  });

  test('runs a tool loop whose signed thinking goes back to Claude', async () => {
    await using app = await startApp();
    playWeather(app.fake);
    const parameters = { inputSchema: WEATHER_PARAMETERS, description: 'The weather now' };
    await using own = startChat(
      app,
      { tools: { get_weather: parameters }, body: { reasoning_effort: 'high' } },
      {
        sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
        onToolCall: ({ toolCall: { toolName, toolCallId, input } }) => {
          const { city } = input as { city: string };
          void own.chat.addToolOutput({ tool: toolName as never, toolCallId, output: weatherIn(city) });
        },
      },
    );
    await own.chat.sendMessage({ text: QUESTION });
    await eventually(() => expect(own.text()).toBe(reportOf('Oslo', 'Bergen')));
    expect(own.chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(own.chat.lastMessage!.parts.map(({ type }) => type)).toEqual([
      'step-start',
      'reasoning',
      'tool-get_weather',
      'tool-get_weather',
      'step-start',
      'reasoning',
      'text',
    ]);
    const [, second] = sentTo(app.fake);
    expect(second!.messages[1]!.content).toMatchObject([
      { type: 'thinking', signature: expect.stringMatching(/./) as string },
      { type: 'tool_use' },
      { type: 'tool_use' },
    ]);
    expect(app.fake.refusals).toEqual([]);
  });

  test('tells Claude of a tool that failed', async () => {
    await using app = await startApp();
    playWeather(app.fake, ['Oslo']);
    await using own = startChat(
      app,
      { tools: { get_weather: { inputSchema: WEATHER_PARAMETERS } } },
      { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls },
    );
    await own.chat.sendMessage({ text: QUESTION });
    const call = own.chat.lastMessage!.parts.find(({ type }) => type === 'tool-get_weather') as { toolCallId: string };
    const failed = { state: 'output-error' as const, tool: 'get_weather' as never, errorText: 'No such city' };
    await own.chat.addToolOutput({ ...failed, toolCallId: call.toolCallId });
    await eventually(() => expect(own.text()).toBe('I found: No such city.'));
  });

  test('stop ends the work at Claude and keeps what was said', async () => {
    await using app = await startApp();
    app.fake.reply({ events: gatedWords(9, (index) => (index === 3 ? new Promise(() => {}) : undefined)) });
    await using own = startChat(app);
    const sent = own.chat.sendMessage({ text: 'Count' });
    await eventually(() => expect(own.text()).toBe(wordsUpTo(3)));
    await own.chat.stop();
    await sent;
    expect(own.chat.status).toBe('ready');
    expect(own.text()).toBe(wordsUpTo(3));
    await app.fake.requests[0]!.closed;
    expect(app.app.services.answerStore.running).toBe(0);
  });

  test('regenerate asks again and replaces the answer', async () => {
    await using app = await startApp();
    app.fake.reply({ message: { content: [{ type: 'text', text: 'First' }] } });
    await using own = startChat(app);
    await own.chat.sendMessage({ text: 'Hello' });
    const { id } = own.chat.lastMessage!;
    expect(own.text()).toBe('First');
    await own.chat.regenerate();
    expect(own.text()).toBe(HELLO);
    expect(own.chat.messages).toHaveLength(2);
    expect(own.chat.lastMessage!.id).not.toBe(id);
    expect(sentTo(app.fake)[1]!.messages).toEqual(sentTo(app.fake)[0]!.messages);
  });

  test('prepareSendMessagesRequest has the last word', async () => {
    await using app = await startApp();
    await using own = startChat(app, {
      prepareSendMessagesRequest: ({ body, requestMetadata, trigger }) => ({
        body: { ...body, messages: [{ role: 'user', content: `${trigger} ${String(requestMetadata)}` }] },
      }),
    });
    await own.chat.sendMessage({ text: 'Hello' }, { metadata: 'told' });
    expect(JSON.stringify(sentTo(app.fake)[0]!.messages)).toContain('submit-message told');
  });
});

describe('a failure is a TrestleError that the page can show', () => {
  test('before the answer, without a message for it', async () => {
    await using app = await startApp();
    await using own = startChat(app, { model: 'no-such-model' });
    await own.chat.sendMessage({ text: 'Hello' });
    expect(own.chat.error).toBeInstanceOf(TrestleError);
    expect(own.chat.error).toMatchObject({ code: 'model_not_found', param: 'model' });
    expect(own.chat.messages).toHaveLength(1);
  });

  test('of the connection, which the page is told of as one', async () => {
    await using app = await startApp();
    app.fake.reply({ events: gatedWords(9, (index) => (index === 5 ? new Promise<void>(() => {}) : undefined)) });
    const onFinish = vi.fn();
    await using own = startChat(app, {}, { onFinish });
    const sent = own.chat.sendMessage({ text: 'Count' });
    await eventually(() => expect(own.text()).toBe(wordsUpTo(5)));
    const transport = Reflect.get(own.chat, 'transport') as TrestleChatTransport<TrestleUIMessage>;
    await transport.client.close();
    await sent;
    expect(own.chat.error).toBeInstanceOf(TrestleError);
    expect(own.chat.error).toMatchObject({ name: 'TrestleError', code: 'connection_error', status: 0 });
    expect(onFinish.mock.calls[0]?.[0]).toMatchObject({ isDisconnect: true, isError: true, isAbort: false });
  });

  test('in the middle, after all that came', async () => {
    await using app = await startApp();
    app.fake.reply({
      events: [
        ...gatedWords(3, () => {}).slice(0, -3),
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
    });
    await using own = startChat(app);
    await own.chat.sendMessage({ text: 'Count' });
    expect(own.chat.error).toBeInstanceOf(TrestleError);
    expect(own.chat.error).toMatchObject({ code: 'overloaded' });
    expect(own.text()).toBe(wordsUpTo(3));
  });
});

describe('an answer that runs while the page is loaded again', () => {
  // useChat makes a transport of its own around the one that it is given, with the two methods alone.
  test.each(['a Chat', 'useChat'])('goes on in the same message under %s, and Claude is asked once', async (owner) => {
    await using app = await startApp();
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    app.fake.reply({ events: gatedWords(9, (index) => (index === 5 ? gate : undefined)) });
    const storage = memoryStorage();
    const relay = await startRelay(app.url);
    await using before = startChat({ ...app, url: relay.url }, { storage });
    void before.chat.sendMessage({ text: 'Count' });
    await eventually(() => expect(before.text()).toBe(wordsUpTo(5)));
    const messages = structuredClone(before.chat.messages);
    // As when a page goes: its connection is lost, and nothing is stopped.
    await relay[Symbol.asyncDispose]();
    const own = new TrestleChatTransport<TrestleUIMessage>({ ...app, model: MODEL, storage });
    const wrapped: ChatTransport<TrestleUIMessage> = {
      sendMessages: (options) => own.sendMessages(options),
      reconnectToStream: (options) => own.reconnectToStream(options),
    };
    await using after = startChat(app, {}, { messages, transport: owner === 'useChat' ? wrapped : own });
    const resumed = after.chat.resumeStream();
    await eventually(() => expect(after.chat.status).toBe('streaming'));
    finish();
    await resumed;
    expect(after.text()).toBe(wordsUpTo(9));
    expect(after.chat.messages.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    expect(after.chat.lastMessage!.parts.map(({ type }) => type)).toEqual(['step-start', 'text']);
    expect(sentTo(app.fake)).toHaveLength(1);
    await own.client.close();
    await eventually(() => expect(storage.items.size).toBe(0));
  });

  test('keeps the earlier steps of a tool loop, and runs no tool twice', async () => {
    await using app = await startApp();
    playWeather(app.fake, ['Oslo']);
    const storage = memoryStorage();
    const tools = { get_weather: { inputSchema: WEATHER_PARAMETERS } };
    await using before = startChat(app, { storage, tools });
    await before.chat.sendMessage({ text: QUESTION });
    const call = before.chat.lastMessage!.parts.find(({ type }) => type === 'tool-get_weather') as {
      toolCallId: string;
    };
    const output = { tool: 'get_weather' as never, toolCallId: call.toolCallId, output: weatherIn('Oslo') as never };
    await before.chat.addToolOutput(output);
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    app.fake.reply({ events: gatedWords(9, (index) => (index === 5 ? gate : undefined)) });
    void before.chat.sendMessage();
    await eventually(() => expect(before.text()).toBe(wordsUpTo(5)));

    const onToolCall = vi.fn();
    await using after = startChat(app, { storage }, { messages: before.chat.messages.slice(0, 1), onToolCall });
    const resumed = after.chat.resumeStream();
    await eventually(() => expect(after.text()).toBe(wordsUpTo(5)));
    finish();
    await resumed;
    expect(after.text()).toBe(wordsUpTo(9));
    expect(after.chat.lastMessage!.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'tool-get_weather', state: 'output-available', output: weatherIn('Oslo') },
      { type: 'step-start' },
      { type: 'text' },
    ]);
    expect(onToolCall).not.toHaveBeenCalled();
  });

  test('before its first chunk is found by the name of its request, and Claude is asked once', async () => {
    await using app = await startApp();
    let begin = (): void => {};
    const gate = new Promise<void>((resolve) => (begin = resolve));
    app.fake.reply({ events: gatedWords(3, (index) => (index === 0 ? gate : undefined)) });
    const storage = memoryStorage();
    const relay = await startRelay(app.url);
    await using before = startChat({ ...app, url: relay.url }, { storage: () => storage });
    void before.chat.sendMessage({ text: 'Count' });
    await app.fake.waitForRequest();
    expect(before.chat.status).toBe('submitted');
    await relay[Symbol.asyncDispose]();

    await using after = startChat(app, { storage: () => storage }, { messages: before.chat.messages.slice() });
    const resumed = after.chat.resumeStream();
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(1));
    begin();
    await resumed;
    expect(after.text()).toBe(wordsUpTo(3));
    expect(after.chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(sentTo(app.fake)).toHaveLength(1);
    expect(storage.items.size).toBe(0);
  });

  test('does not need a storage that is there: on a server there is none', async () => {
    await using app = await startApp();
    const storage = () => {
      throw new ReferenceError('sessionStorage is not defined');
    };
    await using own = startChat(app, { storage });
    await own.chat.resumeStream();
    expect(own.chat.status).toBe('ready');
    await own.chat.sendMessage({ text: 'Hello' });
    expect(own.text()).toBe(HELLO);
  });

  test('is asked for twice in one turn, as in strict mode: it is resumed once', async () => {
    await using app = await startApp();
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    app.fake.reply({ events: gatedWords(9, (index) => (index === 5 ? gate : undefined)) });
    const storage = memoryStorage();
    const relay = await startRelay(app.url);
    await using before = startChat({ ...app, url: relay.url }, { storage });
    void before.chat.sendMessage({ text: 'Count' });
    await eventually(() => expect(before.text()).toBe(wordsUpTo(5)));
    // As when a page goes: its connection is lost, and nothing is stopped.
    await relay[Symbol.asyncDispose]();
    const onStream = vi.fn();
    await using after = startChat(app, { storage, onStream });
    const resumed = [after.chat.resumeStream(), after.chat.resumeStream()];
    await eventually(() => expect(after.text()).toBe(wordsUpTo(5)));
    finish();
    await Promise.all(resumed);
    expect(onStream).toHaveBeenCalledOnce();
    expect(after.text()).toBe(wordsUpTo(9));
  });

  test('is not there any more: that is said, and it is forgotten', async () => {
    await using app = await startApp();
    const storage = memoryStorage();
    storage.setItem('trestle:stream:chat-1', JSON.stringify({ id: 'chatcmpl-gone', messageId: 'a', parts: [] }));
    await using own = startChat(app, { storage });
    await own.chat.resumeStream();
    expect(own.chat.status).toBe('error');
    expect(own.chat.error).toMatchObject({ code: 'stream_not_resumable' });
    expect(storage.items.size).toBe(0);
    // Said once.
    await own.chat.resumeStream();
    expect(own.chat.status).toBe('ready');
  });
});
