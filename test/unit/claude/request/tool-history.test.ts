import { describe, expect, it, test } from 'vitest';
import { dataUri, TINY_IMAGES } from '../../../support/tiny-files.ts';
import { claudeMessagesOf } from '../../../support/translated.ts';

const user = (content: unknown): object => ({ role: 'user', content });
const text = (value: string): { type: 'text'; text: string } => ({ type: 'text', text: value });

function call(id: string, name = 'f', args = '{}'): object {
  return { id, type: 'function', function: { name, arguments: args } };
}

function calls(...list: object[]): object {
  return { role: 'assistant', content: null, tool_calls: list };
}

function result(id: string, content: unknown = 'ok'): object {
  return { role: 'tool', tool_call_id: id, content };
}

function use(id: string, name = 'f', input: object = {}): object {
  return { type: 'tool_use', id, name, input };
}

function answer(id: string, value?: string): object {
  return { type: 'tool_result', tool_use_id: id, ...(value !== undefined && { content: [text(value)] }) };
}

function translate(...messages: object[]): unknown[] {
  return claudeMessagesOf(messages).messages;
}

describe('results of tool calls', () => {
  it('of parallel calls become one user turn', () => {
    expect(translate(user('go'), calls(call('a'), call('b')), result('a', '1'), result('b', '2'))).toEqual([
      user('go'),
      { role: 'assistant', content: [use('a'), use('b')] },
      user([answer('a', '1'), answer('b', '2')]),
    ]);
  });

  it('stand in the order of their calls, whatever order they came in', () => {
    const turns = translate(user('go'), calls(call('a'), call('b')), result('b', '2'), result('a', '1'));
    expect(turns.at(-1)).toEqual(user([answer('a', '1'), answer('b', '2')]));
  });

  it('come first in their turn, text last, even when the text came first or between', () => {
    const turns = translate(
      user('go'),
      calls(call('a'), call('b')),
      user('first'),
      result('a', '1'),
      user('between'),
      result('b', '2'),
      user('last'),
    );
    expect(turns.at(-1)).toEqual(
      user([answer('a', '1'), answer('b', '2'), text('first'), text('between'), text('last')]),
    );
    expect(turns).toHaveLength(3);
  });

  it('survive an assistant message that says nothing behind them', () => {
    const turns = translate(user('go'), calls(call('a')), result('a', '1'), { role: 'assistant' }, user('more'));
    expect(turns.at(-1)).toEqual(user([answer('a', '1'), text('more')]));
  });

  it('with a system message between calls and results are not torn apart', () => {
    const turns = translate(
      user('go'),
      calls(call('a')),
      { role: 'system', content: 's' },
      result('a', '1'),
      user('more'),
    );
    expect(turns.slice(2)).toEqual([user([answer('a', '1'), text('more')]), { role: 'system', content: 's' }]);
  });

  test.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['without parts', []],
    ['of blank parts', [text('')]],
  ])('that are %s are sent without content', (_, content) => {
    const turns = translate(user('go'), calls(call('a')), result('a', content));
    expect(turns.at(-1)).toEqual(user([answer('a')]));
  });

  it('may be images', () => {
    const url = dataUri('image/png', TINY_IMAGES['image/png']);
    const turns = translate(user('go'), calls(call('a')), result('a', [{ type: 'image_url', image_url: { url } }]));
    const source = { type: 'base64', media_type: 'image/png', data: TINY_IMAGES['image/png'] };
    expect(turns.at(-1)).toEqual(
      user([{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source }] }]),
    );
  });

  it('that come twice for one call are put together', () => {
    const turns = translate(user('go'), calls(call('a')), result('a', '1'), result('a', '2'));
    expect(turns.at(-1)).toEqual(user([{ type: 'tool_result', tool_use_id: 'a', content: [text('1'), text('2')] }]));
  });

  it('follow the text of the assistant, which stands before its calls', () => {
    const turns = translate(
      user('go'),
      { role: 'assistant', content: 'Looking.', tool_calls: [call('a')] },
      result('a', '1'),
    );
    expect(turns[1]).toEqual({ role: 'assistant', content: [text('Looking.'), use('a')] });
  });
});

describe('ids of tool calls', () => {
  it('from other models are made ones that Claude takes, the same in call and result', () => {
    const turns = translate(user('go'), calls(call('call:1.a')), result('call:1.a', '1'));
    expect(turns.slice(1)).toEqual([
      { role: 'assistant', content: [use('call_1_a')] },
      user([answer('call_1_a', '1')]),
    ]);
  });

  it('that would become the same stay apart', () => {
    const turns = translate(
      user('go'),
      calls(call('a:1'), call('a.1'), call('')),
      result('a.1', '2'),
      result('a:1', '1'),
      result('', '3'),
    );
    expect(turns.slice(1)).toEqual([
      { role: 'assistant', content: [use('a_1'), use('a_1_2'), use('call')] },
      user([answer('a_1', '1'), answer('a_1_2', '2'), answer('call', '3')]),
    ]);
  });

  it('that start again in each turn become ones of their own', () => {
    const turns = translate(
      user('go'),
      calls(call('call_0')),
      result('call_0', '1'),
      calls(call('call_0')),
      result('call_0', '2'),
    );
    expect(turns.slice(1)).toEqual([
      { role: 'assistant', content: [use('call_0')] },
      user([answer('call_0', '1')]),
      { role: 'assistant', content: [use('call_0_2')] },
      user([answer('call_0_2', '2')]),
    ]);
  });

  it('that are the same within one turn get a result each, in order', () => {
    const turns = translate(user('go'), calls(call('x'), call('x')), result('x', '1'), result('x', '2'));
    expect(turns.at(-1)).toEqual(user([answer('x', '1'), answer('x_2', '2')]));
  });
});

describe('a broken tool history is a 400 in the terms of the caller', () => {
  test.each<[string, object[], string, RegExp]>([
    [
      'a missing result',
      [user('go'), calls(call('a'), call('b')), result('a'), user('more'), { role: 'assistant', content: 'x' }],
      'messages[1]',
      /did not have response messages: b$/,
    ],
    ['a missing result at the end', [user('go'), calls(call('a'))], 'messages[1]', /response messages: a$/],
    [
      'an orphan result',
      [user('go'), result('a')],
      'messages[1]',
      /'tool' must be a response to a preceding message with 'tool_calls'; no such call has the id 'a'/,
    ],
    [
      'a result for a call that was answered in an earlier turn',
      [user('go'), calls(call('a')), result('a'), { role: 'assistant', content: 'x' }, result('a')],
      'messages[4]',
      /no such call has the id 'a'/,
    ],
    [
      'an orphan function result',
      [user('go'), { role: 'function', name: 'f', content: 'x' }],
      'messages[1]',
      /'function' must be a response to a preceding message with 'function_call'/,
    ],
  ])('%s', (_, messages, param, message) => {
    expect(() => claudeMessagesOf(messages)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value', param, message: expect.stringMatching(message) }),
    );
  });
});

describe('arguments of calls', () => {
  function inputOf(args: string): unknown {
    const { messages, notices } = claudeMessagesOf([user('go'), calls(call('a', 'f', args)), result('a')]);
    const [block] = (messages[1]?.content ?? []) as { input?: unknown }[];
    return { input: block?.input, notices: notices.map(({ param, action }) => `${param}=${action}`) };
  }

  test.each<[string, string, object]>([
    ['an object', '{"city":"Oslo","nested":{"a":[1,null]}}', { city: 'Oslo', nested: { a: [1, null] } }],
    ['nothing', '', {}],
    ['blanks', ' \n', {}],
  ])('that are %s are sent as they are', (_, args, input) => {
    expect(inputOf(args)).toEqual({ input, notices: [] });
  });

  test.each([
    ['cut off', '{"city":"Os'],
    ['a list', '[1]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['two objects', '{}{"a":1}'],
  ])('that are %s are shown to Claude as text, with a notice', (_, args) => {
    expect(inputOf(args)).toEqual({
      input: { raw_arguments: args },
      notices: ['messages[1].tool_calls[0].function.arguments=emulated'],
    });
  });

  it('of free-form tools are sent under one key', () => {
    const custom = { id: 'a', type: 'custom', custom: { name: 'draw', input: 'a cat' } };
    const turns = translate(user('go'), calls(custom), result('a'));
    expect(turns[1]).toEqual({ role: 'assistant', content: [use('a', 'draw', { input: 'a cat' })] });
  });
});

describe('the older function_call', () => {
  const called = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } };

  it('is a tool call, and the function message its result', () => {
    const turns = translate(user('go'), called, { role: 'function', name: 'f', content: 'ok' });
    expect(turns.slice(1)).toEqual([
      { role: 'assistant', content: [use('function_f', 'f', { a: 1 })] },
      user([answer('function_f', 'ok')]),
    ]);
  });

  it('may be repeated, and may have no result text', () => {
    const reply = { role: 'function', name: 'f', content: null };
    const turns = translate(user('go'), called, reply, called, reply);
    expect(turns.slice(1)).toEqual([
      { role: 'assistant', content: [use('function_f', 'f', { a: 1 })] },
      user([answer('function_f')]),
      { role: 'assistant', content: [use('function_f_2', 'f', { a: 1 })] },
      user([answer('function_f_2')]),
    ]);
  });
});
