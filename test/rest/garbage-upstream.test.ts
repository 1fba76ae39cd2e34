import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { toEvents } from '../support/claude-events.ts';
import { errorOf, postChat, readToLastEvent } from '../support/rest-request.ts';

// Whatever stands in an answer of Claude's, or of a proxy before it, is no fault of ours: an upstream_error, or an answer.

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
});
afterAll(() => app[Symbol.asyncDispose]());

const REQUEST = {
  model: 'claude-sonnet-5-5',
  messages: [{ role: 'user', content: 'x' }],
  tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: { $a: {} } } } }],
  reasoning_effort: 'high',
};

const USAGE = {
  input_tokens: 3,
  output_tokens: 5,
  output_tokens_details: { thinking_tokens: 1 },
  service_tier: 'standard',
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-5-5',
  content: [
    { type: 'thinking', thinking: 'hm', signature: 'sig' },
    { type: 'redacted_thinking', data: 'ZGF0YQ==' },
    {
      type: 'text',
      text: 'Hello',
      citations: [{ type: 'web_search_result_location', url: 'https://x.org', title: 'x' }],
    },
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
    { type: 'tool_use', id: 'toolu_1', name: 'look', input: { _a: 1 } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  stop_details: { type: 'refusal', explanation: 'no' },
  usage: USAGE,
};

type Path = (string | number)[];

function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, inner]) =>
      pathsOf(inner, [...at, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** The value with something else at a path. */
function withAt(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? withAt(item, rest, other) : item));
  return { ...(value as object), [key]: withAt((value as Record<string, unknown>)[key], rest, other) };
}

const garbage = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1.5,
    1e300,
    '',
    'x',
    [],
    [null],
    {},
    { type: null },
    { toString: 1 },
    'tool_use',
    'refusal',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

async function expectNoFaultOfOurs(response: Response): Promise<void> {
  if (response.status === 200) return void (await response.text());
  expect([response.status, await errorOf(response)]).toMatchObject([502, { code: 'upstream_error' }]);
}

describe('garbage in any field of', () => {
  test('a whole answer', async () => {
    const paths = pathsOf(MESSAGE);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), garbage, async (path, other) => {
        app.fake.reply({ status: 200, body: JSON.stringify(withAt(MESSAGE, path, other)) });
        await expectNoFaultOfOurs(await postChat(app, REQUEST));
      }),
      { numRuns: 400 },
    );
  });

  test('an event of a stream', async () => {
    const events = toEvents(MESSAGE as never, { pieceSize: 100 });
    const places = events.flatMap((event, index) => pathsOf(event).map((path) => ({ index, path })));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), garbage, async ({ index, path }, other) => {
        const changed = events.map((event, at) => (at === index ? withAt(event, path, other) : event));
        app.fake.reply({ sse: changed.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') });
        const response = await postChat(app, { ...REQUEST, stream: true });
        if (response.status !== 200) return expectNoFaultOfOurs(response);
        const text = await readToLastEvent(response);
        if (!text.endsWith('data: [DONE]\n\n')) expect(text).toContain('"code":"upstream_error"');
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    { content: [null] },
    { content: [{ type: 'text', text: 5 }] },
    { content: [{ type: 'text', citations: 7 }] },
    { usage: { input_tokens: -1, output_tokens: 3 } },
  ])('an answer is told as such: %j', async (fields) => {
    app.fake.reply({ status: 200, body: { ...MESSAGE, ...fields } });
    const response = await postChat(app, REQUEST);
    expect([response.status, (await errorOf(response)).code]).toEqual([502, 'upstream_error']);
  });
});

test('citations that are added to a block of another kind, which says that it has a number of them', async () => {
  const events = [
    { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: 'hm', citations: 5 } },
    { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: {} } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: USAGE },
    { type: 'message_stop' },
  ];
  app.fake.reply({ sse: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') });
  const response = await postChat(app, { ...REQUEST, stream: true });
  expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('"upstream_error"')]);
});

test.each([undefined, null, '', {}])(
  'the arguments of a call whose input is %j are those of an object',
  async (input) => {
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'look', input }];
    app.fake.reply({ status: 200, body: { ...MESSAGE, content, stop_details: null } });
    const { choices } = (await (await postChat(app, REQUEST)).json()) as {
      choices: { message: { tool_calls: { function: { arguments: string } }[] } }[];
    };
    expect(choices[0]!.message.tool_calls[0]!.function.arguments).toBe('{}');
  },
);
