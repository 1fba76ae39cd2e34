import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type AnswerPlan, PLAIN_ANSWER } from '../../../../server/claude/answer/answer-plan.ts';
import type { ClaudeBlock } from '../../../../server/claude/messages-api.ts';
import type { ChatCompletion } from '../../../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { foldChunks } from '../../../../shared/fold-chunks.ts';
import type { ReasoningDetail } from '../../../../shared/reasoning-detail.ts';
import { anyJsonObject, anyText } from '../../../support/arbitrary-text.ts';
import { toEvents } from '../../../support/claude-events.ts';
import { chunksOf, claudeRequestOf, completionOf } from '../../../support/translated.ts';

const MODEL = 'claude-opus-5';
const plan: AnswerPlan = { ...PLAIN_ANSWER, reasoningSeal: { model: MODEL, prefix: '' } };

type Message = ChatCompletion['choices'][0]['message'];

const said = anyText.filter((text) => text.trim() !== '');
const signature = fc.base64String({ minLength: 4 });
const thinking = fc.record({ type: fc.constant('thinking'), thinking: anyText, signature });
const redacted = fc.record({ type: fc.constant('redacted_thinking'), data: signature });
const text = (content: fc.Arbitrary<string>) => fc.record({ type: fc.constant('text'), text: content });
const call = fc.record({ type: fc.constant('tool_use'), name: fc.constantFrom('look', 'ask'), input: anyJsonObject });
const search = fc.nat(1e6).map((id) => [
  { type: 'server_tool_use', id: `srvtoolu_${id}`, name: 'web_search', input: { query: `é${id}` } },
  {
    type: 'web_search_tool_result',
    tool_use_id: `srvtoolu_${id}`,
    content: [{ type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'Eo8B' }],
  },
]);

/** Thinking anywhere among texts and calls; behind the last of it, text and then calls, as OpenAI's message has them. */
const answer: fc.Arbitrary<ClaudeBlock[]> = fc
  .record({
    mixed: fc.array(
      fc.tuple(
        fc.array(
          // Claude's own white space between thinking stays as well.
          fc.oneof(text(fc.oneof(said, fc.constantFrom('\n\n', ' '))).map(listed), call.map(listed), search),
          { maxLength: 3 },
        ),
        fc.oneof(thinking, redacted),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    last: fc.option(text(said)),
    calls: fc.array(call, { maxLength: 3 }),
  })
  .map(({ mixed, last, calls }) => [
    ...mixed.flatMap(([before, thought]) => [...before.flat(), thought]),
    ...(last ? [last] : []),
    ...calls,
  ])
  .filter((blocks) => !blocks.at(-1)!.type.endsWith('thinking'))
  // As JSON, in which Claude's answers come.
  .map((blocks) => JSON.parse(JSON.stringify(blocks.map(withId))) as ClaudeBlock[]);

function listed<T>(value: T): T[] {
  return [value];
}

function withId(block: ClaudeBlock, index: number): ClaudeBlock {
  return block.type === 'tool_use' ? { ...block, id: `toolu_${index}` } : block;
}

function claudeMessage(content: readonly ClaudeBlock[]): Parameters<typeof toEvents>[0] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  return { model: MODEL, content, stop_reason: 'end_turn', usage } as unknown as Parameters<typeof toEvents>[0];
}

function whole(content: readonly ClaudeBlock[]): Message {
  return completionOf(claudeMessage(content), { plan }).choices[0]!.message;
}

function folded(content: readonly ClaudeBlock[], pieceSize = 7): Message {
  const chunks = chunksOf(toEvents(claudeMessage(content), { pieceSize }), { plan });
  return foldChunks(chunks).choices[0]!.message;
}

/** What Claude gets of a message that the client sends back, over JSON; and the fields that were noted. */
function sentBack(message: Message): { blocks: unknown; noted: string[] } {
  const messages = [
    { role: 'user', content: 'hi' },
    message,
    ...(message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'ok' })),
    { role: 'user', content: 'go on' },
  ];
  const request = { model: MODEL, messages, reasoning_effort: 'high' } as unknown;
  const { body, notices } = claudeRequestOf(JSON.parse(JSON.stringify(request)) as ChatCompletionRequest);
  return { blocks: body.messages[1]?.content, noted: notices.map(({ param }) => param) };
}

describe('an answer that a client sends back with its reasoning_details', () => {
  it('is the same blocks in the same order to Claude, whole and streamed', () => {
    fc.assert(
      fc.property(answer, fc.integer({ min: 1, max: 40 }), (blocks, pieceSize) => {
        const message = whole(blocks);
        expect(folded(blocks, pieceSize)).toStrictEqual(message);
        expect(sentBack(message)).toEqual({ blocks, noted: [] });
      }),
      { numRuns: 500 },
    );
  });

  const thought = (id: string): ClaudeBlock => ({ type: 'thinking', thinking: `thought ${id}`, signature: id });
  const says = (value: string): ClaudeBlock => ({ type: 'text', text: value });
  const calls = (id: string, input: object = {}): ClaudeBlock => ({ type: 'tool_use', id, name: 'look', input });
  const MIXED = [
    thought('1'),
    says('I look 👀. '),
    thought('2'),
    calls('a'),
    thought('3'),
    calls('b', { x: 1 }),
    says('So'),
    thought('4'),
    says('.'),
    calls('c'),
  ];

  test('tells where each block stood', () => {
    expect(whole(MIXED).reasoning_details?.map(({ index, after }) => [index, after])).toEqual([
      [0, undefined],
      [1, [11]],
      [2, ['call']],
      [3, ['call', 2]],
    ]);
    expect(sentBack(whole(MIXED))).toEqual({ blocks: MIXED, noted: [] });
  });

  test('may hold its details in another order', () => {
    const message = whole(MIXED);
    message.reasoning_details?.reverse();
    expect(sentBack(message)).toEqual({ blocks: MIXED, noted: [] });
  });

  test('may have its text in parts, which keep their cache marks', () => {
    const parts = [
      { type: 'text', text: 'I look', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: ' 👀. So.', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ];
    const { blocks } = sentBack({ ...whole(MIXED), content: parts as unknown as string });
    const expected: unknown[] = [...MIXED];
    expected[1] = { ...MIXED[1], cache_control: { type: 'ephemeral', ttl: '1h' } };
    expected[8] = { ...MIXED[8], cache_control: { type: 'ephemeral', ttl: '1h' } };
    // The first is raised, as Claude takes no shorter one before it.
    expect(blocks).toEqual(expected);
  });

  test('may be changed behind its last thinking', () => {
    const { blocks, noted } = sentBack({ ...whole(MIXED), content: 'I look 👀. So, in short.' });
    expect(blocks).toEqual([...MIXED.slice(0, 8), says(', in short.'), MIXED[9]]);
    expect(noted).toEqual([]);
  });

  const plainTurn = (content: string): unknown[] => [
    ...(content === '' ? [] : [says(content)]),
    calls('a'),
    calls('b', { x: 1 }),
    calls('c'),
  ];
  const details = (message: Message, change: (detail: ReasoningDetail, index: number) => object): Message => ({
    ...message,
    reasoning_details: message.reasoning_details!.map(change) as ReasoningDetail[],
  });
  const spoken = 'I look 👀. So.';
  const CHANGES: [string, (message: Message) => Message, unknown[]][] = [
    [
      'another text before thinking',
      (message) => ({ ...message, content: 'I look 🙈. So.' }),
      plainTurn('I look 🙈. So.'),
    ],
    ['less text', (message) => ({ ...message, content: 'I look' }), plainTurn('I look')],
    ['no text', (message) => ({ ...message, content: null }), plainTurn('')],
    [
      'other arguments',
      (message) => {
        const changed = structuredClone(message);
        (changed.tool_calls![1] as { function: { arguments: string } }).function.arguments = '{"x":2}';
        return changed;
      },
      [says(spoken), calls('a'), calls('b', { x: 2 }), calls('c')],
    ],
    [
      'a detail fewer',
      (message) => ({ ...message, reasoning_details: message.reasoning_details!.slice(1) }),
      plainTurn(spoken),
    ],
    ['a detail twice', (message) => details(message, (detail) => ({ ...detail, index: 0 })), plainTurn(spoken)],
    [
      'a longer piece',
      (message) => details(message, (detail, index) => (index === 1 ? { ...detail, after: [12] } : detail)),
      plainTurn(spoken),
    ],
    [
      'a block of another kind',
      (message) =>
        details(message, (detail) => ({
          ...detail,
          after: [{ type: 'image', source: { type: 'file', file_id: 'f' } }],
        })),
      plainTurn(spoken),
    ],
    ['no places', (message) => details(message, ({ after: _after, ...detail }) => detail), plainTurn(spoken)],
  ];
  test.each(CHANGES)('goes without thinking, and says so, when it has %s', (_name, change, expected) => {
    expect(sentBack(change(whole(MIXED)))).toEqual({ blocks: expected, noted: ['messages[1].reasoning_details'] });
  });

  test('can be written anew by the client as long as it means the same', () => {
    const message = structuredClone(whole(MIXED));
    (message.tool_calls![1] as { function: { arguments: string } }).function.arguments = '{\n  "x": 1\n}';
    expect(sentBack(message)).toEqual({ blocks: MIXED, noted: [] });
  });

  test('can come out of a store that sorts keys', () => {
    const search = {
      type: 'server_tool_use',
      id: 'srvtoolu_1',
      name: 'web_search',
      input: { query: 'b', a: { d: 1, c: 2 } },
    };
    const blocks = [
      search,
      thought('1'),
      calls('a', { z: 1, y: { x: 2, w: [{ v: 1, u: 2 }] } }),
      thought('2'),
      says('.'),
    ];
    const message = JSON.parse(JSON.stringify(whole(blocks)), (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
    ) as Message;
    expect(sentBack(message)).toEqual({ blocks, noted: [] });
  });

  test('is a 400 when a place is nested without end', () => {
    let deep: object = {};
    for (let depth = 0; depth < 200; depth += 1) deep = { deep };
    const message = details(whole(MIXED), (detail) => ({ ...detail, after: [{ type: 'server_tool_use', deep }] }));
    expect(() => sentBack(message)).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[1].reasoning_details' }),
    );
  });
});
