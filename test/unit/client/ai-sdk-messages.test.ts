import { jsonSchema, tool, type UIMessage } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toChatMessages } from '../../../client/ai-sdk/to-chat-messages.ts';
import { toTools } from '../../../client/ai-sdk/to-tools.ts';

type Parts = UIMessage['parts'];

function message(role: UIMessage['role'], ...parts: Parts): UIMessage {
  return { id: role, role, parts };
}
const text = (said: string): Parts[number] => ({ type: 'text', text: said });
const step: Parts[number] = { type: 'step-start' };
const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'signed', model: 'claude-opus-5-5' };
const thought: Parts[number] = {
  type: 'reasoning',
  text: 'Hm.',
  providerMetadata: { trestle: { reasoningDetails: [thinking] } },
};
const weather = { type: 'tool-weather' as const, toolCallId: 'toolu_1', input: { city: 'Oslo' } };
const answered: Parts[number] = { ...weather, state: 'output-available', output: { degrees: 4 } };
const call = { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } };

describe('messages of a chat become those of a request', () => {
  test('text alone is a string, and empty messages are none', async () => {
    expect(
      await toChatMessages([
        message('system', text('Be brief.')),
        message('user', text('Hello')),
        message('assistant', step, text('Hi '), text('there')),
        message('assistant', step),
        message('user'),
      ]),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi there' },
    ]);
  });

  test('images and files go along as data URLs, whatever URL they had', async () => {
    const pixel = 'data:image/png;base64,iVBORw0KGgo=';
    const pdf = 'data:application/pdf;base64,JVBERi0xLjc=';
    const blob = URL.createObjectURL(new Blob(['notes in a blob'], { type: 'text/plain' }));
    const [user] = await toChatMessages([
      message(
        'user',
        { type: 'file', mediaType: 'image/png', url: pixel },
        { type: 'file', mediaType: 'image/jpeg', url: 'https://example.com/cat.jpg' },
        { type: 'file', mediaType: 'application/pdf', url: pdf, filename: 'a.pdf' },
        { type: 'file', mediaType: 'text/plain', url: blob, filename: 'notes.txt' },
        { type: 'file', mediaType: 'text/plain', url: 'data:text/plain,a%20b' },
        text('What are these?'),
      ),
    ]);
    expect(user!.content).toEqual([
      { type: 'image_url', image_url: { url: pixel } },
      { type: 'image_url', image_url: { url: 'https://example.com/cat.jpg' } },
      { type: 'file', file: { file_data: pdf, filename: 'a.pdf' } },
      { type: 'file', file: { file_data: `data:text/plain;base64,${btoa('notes in a blob')}`, filename: 'notes.txt' } },
      { type: 'file', file: { file_data: `data:text/plain;base64,${btoa('a b')}` } },
      { type: 'text', text: 'What are these?' },
    ]);
  });

  test('a file that is gone is an error that names it', async () => {
    const url = URL.createObjectURL(new Blob(['gone']));
    URL.revokeObjectURL(url);
    const lost = message('user', { type: 'file', mediaType: 'text/plain', url, filename: 'lost.txt' });
    await expect(toChatMessages([lost])).rejects.toThrow('The file lost.txt could not be read');
  });

  test('each step of a tool loop is an answer with its calls, and their results', async () => {
    expect(
      await toChatMessages([message('assistant', step, thought, text('I look.'), answered, step, text('4 degrees.'))]),
    ).toEqual([
      { role: 'assistant', content: 'I look.', tool_calls: [call], reasoning_details: [thinking] },
      { role: 'tool', tool_call_id: 'toolu_1', content: '{"degrees":4}' },
      { role: 'assistant', content: '4 degrees.' },
    ]);
  });

  test('failed, denied, dynamic and free-form calls keep what is known of them', async () => {
    const parts: Parts = [
      step,
      { ...weather, toolCallId: 'a', state: 'output-error', errorText: 'No such city' },
      {
        ...weather,
        toolCallId: 'b',
        state: 'output-error',
        input: undefined,
        rawInput: '{"ci',
        errorText: 'Cut short',
      },
      {
        ...weather,
        toolCallId: 'c',
        state: 'output-denied',
        approval: { id: '1', approved: false, reason: 'Not now' },
      },
      { type: 'dynamic-tool', toolName: 'look', toolCallId: 'd', state: 'output-available', input: {}, output: 'text' },
      {
        type: 'tool-shell',
        toolCallId: 'e',
        state: 'output-available',
        input: 'ls -l',
        output: '',
        callProviderMetadata: { trestle: { custom: true } },
      },
    ];
    const [answer, ...results] = await toChatMessages([message('assistant', ...parts)]);
    expect(answer).toMatchObject({
      content: null,
      tool_calls: [
        { id: 'a', function: { arguments: '{"city":"Oslo"}' } },
        { id: 'b', function: { arguments: '{"ci' } },
        { id: 'c' },
        { id: 'd', function: { name: 'look', arguments: '{}' } },
        { id: 'e', type: 'custom', custom: { name: 'shell', input: 'ls -l' } },
      ],
    });
    expect(results.map(({ content }) => content)).toEqual(['No such city', 'Cut short', 'Not now', 'text', '']);
  });

  test('calls without an output are left out, and with them an answer that was nothing else', async () => {
    const open: Parts = [step, { ...weather, state: 'input-available' }];
    expect(await toChatMessages([message('assistant', ...open), message('user', text('Never mind'))])).toEqual([
      { role: 'user', content: 'Never mind' },
    ]);
  });

  test('thinking goes back whole or not at all', async () => {
    const cut: Parts[number] = { type: 'reasoning', text: 'Hm' };
    const open: Parts[number] = { ...weather, toolCallId: 'toolu_2', state: 'input-available' };
    for (const [parts, details] of [
      [
        [thought, text('a'), thought, answered],
        [thinking, thinking],
      ],
      [[thought, cut, text('a')], undefined],
      [[thought, open, answered], undefined],
    ] as const) {
      const [answer] = await toChatMessages([message('assistant', step, ...parts)]);
      expect((answer as { reasoning_details?: unknown }).reasoning_details).toEqual(details);
    }
  });

  test('a refusal goes back as one', async () => {
    const refusal: Parts[number] = { type: 'text', text: 'No.', providerMetadata: { trestle: { refusal: true } } };
    expect(await toChatMessages([message('assistant', step, refusal)])).toEqual([
      { role: 'assistant', content: null, refusal: 'No.' },
    ]);
  });
});

describe("the AI SDK's tools become those of a request", () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

  test('with schemas of zod, of jsonSchema(), lazy ones and plain ones', async () => {
    const tools = await toTools({
      a: tool({ description: 'By zod', inputSchema: z.object({ city: z.string() }), strict: true }),
      b: tool({ inputSchema: jsonSchema(parameters as never) }),
      c: { inputSchema: () => jsonSchema(parameters as never) },
      d: { inputSchema: parameters },
    });
    expect(tools).toMatchObject([
      { type: 'function', function: { name: 'a', description: 'By zod', parameters, strict: true } },
      { type: 'function', function: { name: 'b', parameters } },
      { type: 'function', function: { name: 'c', parameters } },
      { type: 'function', function: { name: 'd', parameters } },
    ]);
  });

  test('those in OpenAI’s form are passed as they are, and none is undefined', async () => {
    const openai = [{ type: 'function' as const, function: { name: 'a', parameters } }];
    expect(await toTools(openai)).toEqual(openai);
    expect(await toTools({})).toBeUndefined();
    expect(await toTools(undefined)).toBeUndefined();
  });

  test('a schema that can not be read is an error that names the tool', async () => {
    const old = { '~standard': { version: 1, vendor: 'old', validate: () => ({ value: 1 }) } };
    await expect(toTools({ lookup: { inputSchema: old } })).rejects.toThrow(/lookup.*jsonSchema/);
  });
});
