import { describe, expect, it, test } from 'vitest';
import { claudeMessagesOf } from '../../../support/translated.ts';

/** Takes system messages inside the conversation, and no prefill. */
const NEWEST = 'claude-opus-5-5';
/** Takes neither. */
const OLDER = 'claude-sonnet-5';
/** Takes a prefill. */
const PREFILL = 'claude-haiku-4-5';

const system = (content: unknown): object => ({ role: 'system', content });
const developer = (content: unknown): object => ({ role: 'developer', content });
const user = (content: unknown): object => ({ role: 'user', content });
const assistant = (content: unknown): object => ({ role: 'assistant', content });
const text = (value: string): { type: 'text'; text: string } => ({ type: 'text', text: value });

const OPENING = user('(The user sent no message.)');
const CONTINUE = user('Continue.');

describe('the system prompt', () => {
  test.each<[string, object[], string[]]>([
    ['one system message', [system('a'), user('hi')], ['a']],
    ['several, one block each', [system('a'), developer('b'), system('c'), user('hi')], ['a', 'b', 'c']],
    ['text parts, one block each', [developer([text('a'), text('b')]), user('hi')], ['a', 'b']],
    ['nothing of blank ones', [system(' \n'), system(''), system([text('\t')]), system([]), user('hi')], []],
    ['nothing when there is none', [user('hi')], []],
  ])('is made of %s', (_, messages, expected) => {
    const translated = claudeMessagesOf(messages);
    expect(translated).toEqual({ system: expected.map(text), messages: [user('hi')], notices: [] });
  });

  it('alone is given a user turn to answer', () => {
    const translated = claudeMessagesOf([system('be brief')]);
    expect(translated).toMatchObject({ system: [text('be brief')], messages: [OPENING] });
    expect(translated.notices).toMatchObject([{ param: 'messages', action: 'emulated' }]);
  });

  it('takes system messages from behind a blank start', () => {
    const { system: prompt, messages } = claudeMessagesOf([user(' '), assistant(''), system('a'), user('hi')]);
    expect(prompt).toEqual([text('a')]);
    expect(messages).toEqual([user('hi')]);
  });
});

describe('a system message in mid-conversation', () => {
  it('stays where it is on models that take it there', () => {
    const input = [user('a'), system('s'), assistant('b'), user('c')];
    expect(claudeMessagesOf(input)).toEqual({ system: [], messages: input, notices: [] });
  });

  it('waits for the user turn to end, since Claude takes it nowhere else', () => {
    const { messages } = claudeMessagesOf([user('a'), assistant('b'), system('s'), user('c')]);
    expect(messages).toEqual([user('a'), assistant('b'), user('c'), system('s')]);
  });

  it('is joined with its neighbours', () => {
    const { messages } = claudeMessagesOf([user('a'), system('s'), user('b'), developer('t')]);
    expect(messages).toEqual([user([text('a'), text('b')]), system([text('s'), text('t')])]);
  });

  it('still comes after the user turn when an assistant message that says nothing stands between', () => {
    const { messages } = claudeMessagesOf([user('a'), system('s'), assistant(null), user('b'), system('t')]);
    expect(messages).toEqual([user([text('a'), text('b')]), system([text('s'), text('t')])]);
  });

  it('is not lost after an assistant message that says nothing at the end', () => {
    const { messages } = claudeMessagesOf([user('a'), system('s'), assistant(''), system('t')]);
    expect(messages).toEqual([user('a'), system([text('s'), text('t')])]);
  });

  it('after a last assistant message stands behind the turn that makes Claude go on', () => {
    const { messages } = claudeMessagesOf([user('a'), assistant('b'), system('s')]);
    expect(messages).toEqual([user('a'), assistant('b'), CONTINUE, system('s')]);
  });

  it('moves to the start on models that take none, with a notice', () => {
    const translated = claudeMessagesOf([system('a'), user('b'), system('s'), assistant('c'), user('d')], OLDER);
    expect(translated.system).toEqual([text('a'), text('s')]);
    expect(translated.messages).toEqual([user('b'), assistant('c'), user('d')]);
    expect(translated.notices).toMatchObject([{ param: 'messages[2]', action: 'emulated' }]);
  });

  it('makes no notice when it is blank', () => {
    expect(claudeMessagesOf([user('a'), system(' ')], OLDER)).toEqual({
      system: [],
      messages: [user('a')],
      notices: [],
    });
  });
});

describe('turns', () => {
  test.each<[string, object[], object[]]>([
    ['users in a row become one turn', [user('a'), user('b')], [user([text('a'), text('b')])]],
    [
      'assistants in a row become one turn',
      [user('a'), assistant('b'), assistant([text('c')]), user('d')],
      [user('a'), assistant([text('b'), text('c')]), user('d')],
    ],
    ['a single text part is sent as a string', [user([text('a')])], [user('a')]],
    ['blank parts are left out, since Claude refuses them', [user([text(''), text('a'), text('\n\n')])], [user('a')]],
    [
      'blank messages are left out',
      [user('a'), assistant(' '), user(''), assistant(null), user('b')],
      [user([text('a'), text('b')])],
    ],
    ['white space around text is kept', [user(' a\n')], [user(' a\n')]],
    [
      "an assistant's refusal is what it said",
      [user('a'), { ...assistant(null), refusal: 'No.' }, user('b')],
      [user('a'), assistant('No.'), user('b')],
    ],
    [
      'refusal parts are what it said too',
      [user('a'), assistant([text('Well,'), { type: 'refusal', refusal: 'no.' }]), user('b')],
      [user('a'), assistant([text('Well,'), text('no.')]), user('b')],
    ],
  ])('%s', (_, input, expected) => {
    expect(claudeMessagesOf(input)).toEqual({ system: [], messages: expected, notices: [] });
  });

  it('that are all blank become one that says so', () => {
    expect(claudeMessagesOf([user(''), assistant('\n'), user([])]).messages).toEqual([OPENING]);
  });

  it('start with a user when the assistant was first', () => {
    const translated = claudeMessagesOf([assistant('Hello!'), user('hi')]);
    expect(translated.messages).toEqual([OPENING, assistant('Hello!'), user('hi')]);
    expect(translated.notices).toMatchObject([{ param: 'messages', action: 'emulated' }]);
  });

  it('leave names behind, with one notice for all of them', () => {
    const named = { ...user('a'), name: 'ada' };
    const translated = claudeMessagesOf([named, named, user('b')]);
    expect(translated.notices).toMatchObject([{ param: 'messages[0].name', action: 'ignored' }]);
    expect(JSON.stringify(translated.messages)).not.toContain('ada');
  });

  test.each([
    ['audio from the user', user([{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }]), 'content[0]'],
    ['audio of an earlier answer', { ...assistant(null), audio: { id: 'audio_1' } }, 'audio'],
  ])('with %s are refused', (_, message, path) => {
    expect(() => claudeMessagesOf([user('a'), message])).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: `messages[1].${path}` }),
    );
  });
});

describe('a last assistant message', () => {
  it('is continued on request by models that answer users alone, with a notice', () => {
    const translated = claudeMessagesOf([user('a'), assistant('So,')], NEWEST);
    expect(translated.messages).toEqual([user('a'), assistant('So,'), CONTINUE]);
    expect(translated.notices).toMatchObject([{ param: 'messages[1]', action: 'emulated' }]);
  });

  it('is a prefill where the model takes one', () => {
    const translated = claudeMessagesOf([user('a'), assistant('So,')], PREFILL);
    expect(translated).toEqual({ system: [], messages: [user('a'), assistant('So,')], notices: [] });
  });

  it('loses white space at its end as a prefill, which Claude refuses', () => {
    const { messages } = claudeMessagesOf([user('a'), assistant([text('{ '), text('"b": \n')])], PREFILL);
    expect(messages).toEqual([user('a'), assistant([text('{ '), text('"b":')])]);
  });

  it('that is blank counts for nothing', () => {
    for (const model of [NEWEST, OLDER, PREFILL]) {
      expect(claudeMessagesOf([user('a'), assistant(' ')], model).messages).toEqual([user('a')]);
    }
  });
});
