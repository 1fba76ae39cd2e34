import { describe, expect, it, test } from 'vitest';
import { startApp } from '../../../support/app-resource.ts';
import { postChat } from '../../../support/rest-request.ts';
import { claudeRequestOf, type RequestOptions } from '../../../support/translated.ts';

/** Caches prefixes of 512 tokens, taken for 1536 characters. */
const MODEL = 'claude-opus-5-5';
/** Just long enough to be marked. */
const LONG = 'x'.repeat(1536);

const FIVE_MINUTES = { type: 'ephemeral' };
const ONE_HOUR = { type: 'ephemeral', ttl: '1h' };

interface Mark {
  /** Where it stands in Claude's request, e.g. `messages.0.content.1`. */
  at: string;
  mark: unknown;
}

/** Every mark in a request, in the order in which Claude reads them. */
function marksIn({ tools, system, messages, cache_control: automatic }: Record<string, unknown>): Mark[] {
  const found: Mark[] = [];
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'cache_control') found.push({ at, mark: inner });
      else walk(inner, `${at}.${name}`);
    }
  };
  walk(tools, 'tools');
  walk(system, 'system');
  walk(messages, 'messages');
  if (automatic !== undefined) found.push({ at: 'body', mark: automatic });
  return found;
}

function ask(fields: object, options?: RequestOptions): { marks: Mark[]; notices: string[] } {
  const request = { model: MODEL, messages: [{ role: 'user' as const, content: 'hi' }], ...fields };
  const { body, notices } = claudeRequestOf(request, options);
  return { marks: marksIn({ ...body }), notices: notices.map(({ param, action }) => `${param}=${action}`) };
}

const part = (mark?: object): object => ({ type: 'text', text: 'a', ...(mark && { cache_control: mark }) });
const user = (...content: object[]): object => ({ role: 'user', content });
const system = (content: unknown): object => ({ role: 'system', content });
const assistant = (content: unknown): object => ({ role: 'assistant', content });
const tool = (name: string, mark?: object): object => ({
  type: 'function',
  function: { name },
  ...(mark && { cache_control: mark }),
});
const repeat = (count: number, mark: object): object[] => Array.from({ length: count }, () => part(mark));
const placesOf = (marks: Mark[]): string[] => marks.map(({ at }) => at);

describe("a caller's own marks", () => {
  test.each([
    ['text', part(FIVE_MINUTES)],
    ['an image', { type: 'image_url', image_url: { url: 'https://a.example/a.png' }, cache_control: FIVE_MINUTES }],
    ['a file', { type: 'file', file: { filename: 'a.pdf', file_data: 'JVBERi0xLjQK' }, cache_control: FIVE_MINUTES }],
  ])('are sent on %s', (_, marked) => {
    const expected = [{ at: 'messages.0.content.0', mark: FIVE_MINUTES }];
    expect(ask({ messages: [user(marked, part())] })).toEqual({ marks: expected, notices: [] });
  });

  it('are sent on tools and the system prompt', () => {
    const messages = [system([part(), part(FIVE_MINUTES)]), user(part())];
    expect(ask({ tools: [tool('a'), tool('b', ONE_HOUR)], messages })).toEqual({
      marks: [
        { at: 'tools.1', mark: ONE_HOUR },
        { at: 'system.1', mark: FIVE_MINUTES },
      ],
      notices: [],
    });
  });

  it("are sent on a tool's result", () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'a', arguments: '{}' } };
    const messages = [
      user(part()),
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: [part(FIVE_MINUTES)] },
    ];
    const { marks } = ask({ tools: [tool('a')], messages });
    expect(marks).toEqual([{ at: 'messages.2.content.0.content.0', mark: FIVE_MINUTES }]);
  });

  test.each([
    [
      'a part',
      { messages: [user(part({ ...ONE_HOUR, scope: 'global' }))] },
      'messages[0].content[0].cache_control.scope',
    ],
    ['a tool', { tools: [tool('a', { ...ONE_HOUR, scope: 'global' })] }, 'tools[0].cache_control.scope'],
  ])('are sent without what Claude refuses in them, on %s', (_, fields, param) => {
    const { marks, notices } = ask(fields);
    expect(marks.map(({ mark }) => mark)).toEqual([ONE_HOUR]);
    expect(notices).toEqual([`${param}=ignored`]);
  });

  it('can be prompt_cache_breakpoint, as OpenAI spells them', () => {
    const marked = { ...part(), prompt_cache_breakpoint: { mode: 'explicit' } };
    const expected = [{ at: 'messages.0.content.0', mark: FIVE_MINUTES }];
    expect(ask({ messages: [user(marked, part())] })).toEqual({ marks: expected, notices: [] });
  });

  it("are cache_control's where a part has both", () => {
    const marked = { ...part(ONE_HOUR), prompt_cache_breakpoint: { mode: 'explicit' } };
    expect(ask({ messages: [user(marked)] }).marks.map(({ mark }) => mark)).toEqual([ONE_HOUR]);
  });

  it('keep Trestle from setting any', () => {
    const messages = [system([{ type: 'text', text: LONG }]), user(part(FIVE_MINUTES)), assistant('b'), user(part())];
    expect(placesOf(ask({ messages, tools: [tool('a')] }).marks)).toEqual(['messages.0.content.0']);
  });
});

describe('more marks than the four that Claude takes (pitfall 30)', () => {
  it('four are sent as they are', () => {
    const { marks, notices } = ask({ messages: [user(...repeat(4, FIVE_MINUTES))] });
    expect(marks).toHaveLength(4);
    expect(notices).toEqual([]);
  });

  it('the last four are sent of five, with a notice', () => {
    const messages = [system(repeat(1, FIVE_MINUTES)), user(...repeat(2, FIVE_MINUTES))];
    const { marks, notices } = ask({ tools: [tool('a', FIVE_MINUTES), tool('b', FIVE_MINUTES)], messages });
    expect(placesOf(marks)).toEqual(['tools.1', 'system.0', 'messages.0.content.0', 'messages.0.content.1']);
    expect(notices).toEqual(['cache_control=clamped']);
  });

  it('are refused in strict mode', () => {
    const messages = [user(...repeat(5, FIVE_MINUTES))];
    expect(() => ask({ messages }, { strict: true })).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: 'cache_control' }),
    );
  });
});

describe('marks of an hour', () => {
  it('may stand before those of five minutes', () => {
    const { marks, notices } = ask({ messages: [user(part(ONE_HOUR), part(FIVE_MINUTES))] });
    expect(marks.map(({ mark }) => mark)).toEqual([ONE_HOUR, FIVE_MINUTES]);
    expect(notices).toEqual([]);
  });

  it('raise the ones before them, since Claude refuses an hour behind five minutes', () => {
    const five = { ...FIVE_MINUTES, ttl: '5m' };
    const messages = [system([part(FIVE_MINUTES)]), user(part(five), part(ONE_HOUR), part(five))];
    const { marks, notices } = ask({ messages });
    expect(marks.map(({ mark }) => mark)).toEqual([ONE_HOUR, ONE_HOUR, ONE_HOUR, five]);
    expect(notices).toEqual(['cache_control.ttl=clamped']);
  });

  it('raise none for one that is not among the last four', () => {
    const { marks, notices } = ask({ messages: [user(part(ONE_HOUR), ...repeat(4, FIVE_MINUTES))] });
    expect(marks.map(({ mark }) => mark)).toEqual(repeat(4, FIVE_MINUTES).map(() => FIVE_MINUTES));
    expect(notices).toEqual(['cache_control=clamped']);
  });
});

describe('without marks of the caller', () => {
  test.each([
    ['shorter than Claude caches is left as it is', LONG.slice(1), []],
    ['long enough is marked at its end', LONG, ['system.0']],
  ])('a system prompt %s', (_, text, places) => {
    const { marks, notices } = ask({ messages: [system(text), user(part())] });
    expect(placesOf(marks)).toEqual(places);
    expect(notices).toEqual([]);
  });

  it('the last of several system blocks is marked', () => {
    expect(placesOf(ask({ messages: [system(LONG), system('b'), user(part())] }).marks)).toEqual(['system.1']);
  });

  it('the last tool is marked where there is no system prompt', () => {
    const described = { type: 'function', function: { name: 'a', description: LONG } };
    expect(placesOf(ask({ tools: [described, tool('b')] }).marks)).toEqual(['tools.1']);
  });

  it('tools and system prompt count together', () => {
    const described = { type: 'function', function: { name: 'a', description: LONG.slice(700) } };
    const messages = [system(LONG.slice(700)), user(part())];
    expect(placesOf(ask({ messages, tools: [described] }).marks)).toEqual(['system.0']);
  });

  it('what a model caches is told by the model', () => {
    const messages = [system(LONG), user(part())];
    expect(ask({ model: 'claude-haiku-4-5', messages }).marks).toEqual([]);
  });

  test.each([
    ['is marked once it has an answer in it', [user(part()), assistant(LONG), user(part())], ['body']],
    ['is not marked while it has none', [user({ type: 'text', text: LONG })], []],
    ['is not marked while it is short', [user(part()), assistant('b'), user(part())], []],
    ['is marked beside its prefix', [system(LONG), user(part()), assistant('b'), user(part())], ['system.0', 'body']],
  ])('a conversation %s', (_, messages, places) => {
    expect(placesOf(ask({ messages }).marks)).toEqual(places);
  });
});

describe('automatic marks are turned off', () => {
  const messages = [system(LONG), user(part()), assistant('b'), user(part())];

  it('by prompt_cache_options', () => {
    const { marks, notices } = ask({ messages, prompt_cache_options: { mode: 'explicit' } });
    expect(marks).toEqual([]);
    expect(notices).toEqual([]);
  });

  it("by prompt_cache_options, but the caller's own are sent", () => {
    const own = [system([{ type: 'text', text: LONG }, part(FIVE_MINUTES)]), user(part())];
    const { marks } = ask({ messages: own, prompt_cache_options: { mode: 'explicit' } });
    expect(placesOf(marks)).toEqual(['system.1']);
  });

  it('not by the implicit mode', () => {
    const { marks } = ask({ messages, prompt_cache_options: { mode: 'implicit' } });
    expect(placesOf(marks)).toEqual(['system.0', 'body']);
  });

  test.each([
    ['TRESTLE_PROMPT_CACHING=false turns them off', { TRESTLE_PROMPT_CACHING: 'false' }, []],
    ['they are on when it is not set', {}, ['system.0', 'body']],
  ])('for the whole server: %s', async (_, environment: Record<string, string>, places) => {
    await using app = await startApp({ environment });
    app.fake.reply({ message: { content: [{ type: 'text', text: 'x' }] } });
    const answer = await postChat(app, { model: MODEL, messages });
    expect(answer.status).toBe(200);
    const sent = app.fake.requests.find(({ method }) => method === 'POST');
    expect(placesOf(marksIn({ ...(sent?.body as object) }))).toEqual(places);
  });
});
