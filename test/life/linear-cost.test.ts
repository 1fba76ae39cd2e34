import { describe, expect, test } from 'vitest';
import { FenceStripper, stripFence } from '../../server/claude/answer/fenced-json.ts';
import type { ClaudeBlock } from '../../server/claude/messages-api.ts';
import { Notices } from '../../server/claude/notices.ts';
import { toClaudeRequest } from '../../server/claude/request/to-claude-request.ts';
import { ToolIds } from '../../server/claude/request/tool-ids.ts';
import { resolveModel } from '../../server/claude/resolve-model.ts';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';

// One request could stop the server for a minute: every stage of a request costs at most as much more as it is longer.

const user = (content: unknown): object => ({ role: 'user', content });
const call = (id: string): object => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } });
const result = (id: string): object => ({ role: 'tool', tool_call_id: id, content: 'x' });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const tool = (parameters: object, name = 'look'): object => ({ type: 'function', function: { name, parameters } });
const fields = (count: number, make: (index: number) => unknown): object =>
  Object.fromEntries(many(count, (index) => [`p${index}`, make(index)]));
const thinking = { type: 'thinking', thinking: 'hm', signature: 's', model: 'claude-opus-5-5', prefix: 'p' };
const said = (content: unknown, more: object = {}): object => ({ role: 'assistant', content, ...more });

/** Requests with `count` of one thing. */
const KINDS: [string, number, (count: number) => object][] = [
  ['messages', 2000, (count) => ({ messages: many(count, () => user('x')) })],
  [
    'assistant messages in a row',
    1000,
    (count) => ({ messages: [user('x'), ...many(count, () => said('y')), user('z')] }),
  ],
  [
    'assistant messages in a row with thinking',
    500,
    (count) => ({
      messages: [user('x'), ...many(count, () => said('y', { reasoning_details: [thinking] })), user('z')],
    }),
  ],
  [
    'turns that use one call id again',
    1000,
    (count) => ({
      messages: many(count, () => [user('x'), said(null, { tool_calls: [call('call_0')] }), result('call_0')]).flat(),
    }),
  ],
  [
    'calls in one message',
    1000,
    (count) => ({
      messages: [
        user('x'),
        said(null, { tool_calls: many(count, (at) => call(`c${at}`)) }),
        ...many(count, (at) => result(`c${at}`)),
      ],
    }),
  ],
  [
    'calls of one id in one message',
    1000,
    (count) => ({
      messages: [
        user('x'),
        said(null, { tool_calls: many(count, () => call('c')) }),
        ...many(count, () => result('c')),
      ],
    }),
  ],
  [
    'results of one call',
    1000,
    (count) => ({ messages: [user('x'), said(null, { tool_calls: [call('c')] }), ...many(count, () => result('c'))] }),
  ],
  ['parts', 2000, (count) => ({ messages: [user(many(count, () => ({ type: 'text', text: 'x' })))] })],
  [
    'parts of an answer between thinking',
    500,
    (count) => ({
      messages: [
        user('x'),
        said(
          many(count, () => ({ type: 'text', text: 'x' })),
          { reasoning_details: many(count, (index) => ({ ...thinking, index, after: [1] })) },
        ),
        user('y'),
      ],
    }),
  ],
  [
    'details behind a long turn',
    300,
    (count) => ({
      messages: [
        user('x'.repeat(200 * count)),
        said('y', { reasoning_details: many(count, (index) => ({ ...thinking, index })) }),
        user('z'),
      ],
    }),
  ],
  [
    'late system messages',
    1000,
    (count) => ({ messages: many(count, () => [user('x'), { role: 'system', content: 's' }]).flat() }),
  ],
  ['tools', 500, (count) => ({ tools: many(count, (at) => tool({ type: 'object', properties: {} }, `t${at}`)) })],
  [
    'allowed tools',
    500,
    (count) => ({
      tools: many(count, (at) => tool({ type: 'object', properties: {} }, `t${at}`)),
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'auto',
          tools: many(count, (at) => ({ type: 'function', function: { name: `t${at}` } })),
        },
      },
    }),
  ],
  [
    'properties',
    1000,
    (count) => ({ tools: [tool({ type: 'object', properties: fields(count, () => ({ type: 'string' })) })] }),
  ],
  [
    'properties whose names Claude refuses',
    500,
    (count) => ({
      tools: [
        tool({
          type: 'object',
          properties: Object.fromEntries(many(count, (at) => [`ä${'ö'.repeat(at % 50)}${at}`, {}])),
        }),
      ],
    }),
  ],
  [
    'properties that must be there',
    1000,
    (count) => ({
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'a',
          schema: {
            type: 'object',
            properties: fields(count, () => ({ type: 'string' })),
            required: many(count, (at) => `p${at}`),
          },
        },
      },
    }),
  ],
  [
    'enum members',
    2000,
    (count) => ({ tools: [tool({ type: 'object', properties: { a: { enum: many(count, String) } } })] }),
  ],
  [
    'repeated required names',
    2000,
    (count) => ({ tools: [tool({ type: 'object', required: many(count, (at) => `p${at >> 1}`) })] }),
  ],
  [
    'references at the root',
    1000,
    (count) => ({
      tools: [
        tool({
          $defs: { A: { type: 'object', properties: fields(100, () => ({ type: 'string' })) } },
          anyOf: many(count, () => ({ $ref: '#/$defs/A' })),
        }),
      ],
    }),
  ],
  [
    'branches at the root, each with its own requirements',
    500,
    (count) => ({
      tools: [tool({ anyOf: many(count, (at) => ({ properties: { [`p${at}`]: {} }, required: [`p${at}`, 'a'] })) })],
    }),
  ],
  [
    'bad schema entries',
    1000,
    (count) => ({ tools: [tool({ type: 'object', properties: fields(count, () => ['x']) })] }),
  ],
  ['unknown fields', 1000, (count) => fields(count, () => 1)],
  [
    'fields of a message that are unknown',
    1000,
    (count) => ({ messages: [{ ...user('x'), ...fields(count, () => 1) }] }),
  ],
  [
    'tools that the history alone names',
    500,
    (count) => ({
      messages: many(count, (at) => [
        user('x'),
        said(null, { tool_calls: [{ id: 'c', type: 'function', function: { name: `t${at}`, arguments: '{}' } }] }),
        result('c'),
      ]).flat(),
    }),
  ],
];

/** Answers that are kept, so that recalling them costs something. */
const KEPT: ClaudeBlock[] = [
  { type: 'thinking', thinking: 'hm'.repeat(500), signature: 's' },
  { type: 'tool_use', id: 'call_0', name: 'look', input: { text: 'x'.repeat(1000) } },
];
const recall = () => ({ model: 'claude-opus-5-5', prefix: 'p', content: KEPT });

function millisecondsOf(request: object): number {
  const parsed = ChatCompletionRequest.parse({ model: 'claude-opus-5-5', messages: [user('x')], ...request });
  let best = Infinity;
  for (let run = 0; run < 3; run += 1) {
    const notices = new Notices(false);
    const model = resolveModel(parsed.model, {}, notices);
    const start = performance.now();
    try {
      JSON.stringify(toClaudeRequest(parsed, { model, notices, promptCaching: true, recall }).request.body);
    } catch (error) {
      if (!(error instanceof TrestleError)) throw error;
    }
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Less than this is lost in the noise of a busy machine. */
const NOISE_MS = 50;

describe('translation takes time in proportion to', () => {
  test.each(KINDS)('%s', (_name, count, make) => {
    // Four times as much may take four times as long; where it were quadratic it would be 16 times.
    let ratio = Infinity;
    for (let run = 0; run < 3 && ratio >= 10; run += 1) {
      const few = Math.max(millisecondsOf(make(count)), NOISE_MS / 10);
      ratio = millisecondsOf(make(4 * count)) / few;
    }
    expect(ratio).toBeLessThan(10);
  });
});

test('ids that are asked for again are found without trying those that are taken', () => {
  const ids = new ToolIds();
  const asked = many(4000, () => ids.assign('call_0'));
  expect(new Set(asked).size).toBe(4000);
  const start = performance.now();
  const more = many(100_000, () => ids.assign('call_0'));
  expect(performance.now() - start).toBeLessThan(1000);
  expect(new Set([...asked, ...more]).size).toBe(104_000);
});

test.each([
  ['parts of one message', [user(many(150_000, () => ({ type: 'text', text: 'x' })))]],
  ['parts of an answer', [user('x'), said(many(150_000, () => ({ type: 'text', text: 'x' }))), user('y')]],
  ['system parts', [{ role: 'system', content: many(150_000, () => ({ type: 'text', text: 'x' })) }, user('y')]],
  ['late system parts', [user('y'), { role: 'system', content: many(150_000, () => ({ type: 'text', text: 'x' })) }]],
  [
    'calls',
    [
      user('x'),
      said(null, { tool_calls: many(150_000, (at) => call(`c${at}`)) }),
      ...many(150_000, (at) => result(`c${at}`)),
    ],
  ],
])('150,000 %s overflow nothing', (_name, messages) => {
  const notices = new Notices(false);
  const model = resolveModel('claude-opus-5-5', {}, notices);
  const request = { model: 'claude-opus-5-5', messages } as unknown as ChatCompletionRequest;
  const { body } = toClaudeRequest(request, { model, notices, promptCaching: true, recall: () => undefined }).request;
  expect(JSON.stringify(body).length).toBeGreaterThan(150_000 * 10);
});

describe('white space in JSON', () => {
  const spaces = ' '.repeat(100_000);
  test.each([
    ['within', `{"a":${spaces}1}`],
    ['before a fence that never closes', `${spaces}\`${spaces}{`],
    ['at the end, before a back-tick', `{}${spaces}\`${spaces}`],
  ])('%s is looked at once', (_name, text) => {
    const start = performance.now();
    stripFence(text);
    const stripper = new FenceStripper();
    for (const character of text) stripper.push(character);
    stripper.end();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
