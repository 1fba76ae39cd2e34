import * as fc from 'fast-check';
import type { ChatMessage, ToolMessage } from '../../shared/chat-message.ts';
import type { ToolCall } from '../../shared/tool.ts';
import { filePart, imagePart } from './arbitrary-files.ts';
import { cacheMark, marked } from './arbitrary-marks.ts';
import type { RequestFeature } from './arbitrary-request.ts';
import { anyJsonObject, anyText } from './arbitrary-text.ts';

const IDS = [
  'call_0',
  'call_1',
  'toolu_01A',
  'functions.f:0',
  'call.x',
  '',
  'ä',
  'ö',
  'a b',
  '\ud800',
  'x'.repeat(80),
  'x'.repeat(300),
];
// Some that a request may declare, some that it can't, and some that are alike once they are made fit.
const NAMES = [
  'get_weather',
  'lookup',
  'answer',
  'web_search',
  'gone',
  'functions.lookup',
  'functions_lookup',
  'two words',
  '',
  'ä',
  'ö',
  '\ud800',
  'y'.repeat(200),
  `${'y'.repeat(200)}z`,
];

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const jsonText = anyJsonObject.map((value) => JSON.stringify(value));
/** What models write: JSON, cut JSON, JSON that is no object, and no JSON at all. */
const argumentsText = fc.oneof(
  { weight: 4, arbitrary: jsonText },
  { weight: 1, arbitrary: jsonText.map((text) => text.slice(0, -1)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', 'null', '[1]', '"text"', '1e999', '{"__proto__":{"a":1}}', '{"a":"\\ud800"}'),
  },
  { weight: 1, arbitrary: anyText },
);
const name = fc.constantFrom(...NAMES);
const called = fc.record(
  // The second is what `parse` of OpenAI's client adds.
  { name, arguments: argumentsText, parsed_arguments: nullable(anyJsonObject) },
  { requiredKeys: ['name', 'arguments'] },
);
/** Clients that put a call together from chunks send its place back with it. */
const fromStream = { index: fc.nat(3), cache_control: cacheMark };

function call(id: string): fc.Arbitrary<ToolCall> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record(
        {
          id: fc.constant(id),
          type: fc.constant('function' as const),
          function: called,
          ...fromStream,
        },
        { requiredKeys: ['id', 'type', 'function'] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record(
        {
          id: fc.constant(id),
          type: fc.constant('custom' as const),
          custom: fc.record({ name, input: anyText }),
          ...fromStream,
        },
        { requiredKeys: ['id', 'type', 'custom'] },
      ),
    },
  );
}

const textPart = marked(anyText.map((text) => ({ type: 'text' as const, text })));
const resultContent = fc.oneof(
  anyText,
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: textPart },
      { weight: 1, arbitrary: imagePart },
      { weight: 1, arbitrary: filePart },
    ),
    { maxLength: 3 },
  ),
);

function result(id: string): fc.Arbitrary<ToolMessage> {
  return fc.record(
    {
      role: fc.constant('tool' as const),
      tool_call_id: fc.constant(id),
      content: resultContent,
      name: nullable(name),
      cache_control: cacheMark,
    },
    { requiredKeys: ['role', 'tool_call_id', 'content'] },
  );
}

const between = fc.oneof(
  anyText.map((content): ChatMessage => ({ role: 'user', content })),
  textPart.map((part): ChatMessage => ({ role: 'user', content: [part] })),
  anyText.map((content): ChatMessage => ({ role: 'system', content })),
);

const place = fc.record(
  {
    index: nullable(fc.nat(3)),
    after: nullable(
      fc.array(
        fc.oneof(
          fc.integer({ min: 1, max: 9 }),
          fc.constant('call' as const),
          fc.constantFrom('server_tool_use', 'image', 'text').map((type) => ({ type })),
        ),
        { maxLength: 3 },
      ),
    ),
    digest: nullable(fc.constant('AAAA')),
    model: nullable(fc.constantFrom('gpt-5', '')),
    prefix: nullable(fc.constant('')),
    told: nullable(fc.constant('Call a tool.')),
  },
  { requiredKeys: [] },
);

const reasoning = {
  reasoning_content: nullable(anyText),
  // Thinking that this server never gave, as from another provider.
  reasoning_details: nullable(
    fc.array(
      fc.oneof(
        fc.tuple(anyText, place).map(([thinking, where]) => ({
          type: 'thinking' as const,
          thinking,
          signature: 'c2lnbmVk',
          ...where,
        })),
        place.map((where) => ({ type: 'redacted_thinking' as const, data: 'c2VjcmV0', ...where })),
      ),
      { maxLength: 2 },
    ),
  ),
};

const callsAndResults = fc
  .array(fc.constantFrom(...IDS), { minLength: 1, maxLength: 4 })
  .chain((ids) =>
    fc.record({
      content: nullable(fc.oneof(anyText, fc.array(textPart, { maxLength: 2 }))),
      calls: fc.tuple(...ids.map(call)),
      // Any order, with messages between them; one call may be answered twice.
      results: fc
        .tuple(fc.shuffledSubarray(ids, { minLength: ids.length }), fc.subarray(ids, { maxLength: 1 }))
        .chain(([once, twice]) => fc.tuple(...[...once, ...twice].map(result))),
      others: fc.array(fc.tuple(fc.nat(4), between), { maxLength: 2 }),
      thinking: fc.record(reasoning, { requiredKeys: [] }),
    }),
  )
  .map(({ content, calls, results, others, thinking }): ChatMessage[] => {
    const answers: ChatMessage[] = [...results];
    for (const [at, message] of others) answers.splice(at, 0, message);
    return [{ role: 'assistant', content, tool_calls: calls, ...thinking }, ...answers];
  });

const legacyCall = fc
  .record({
    called,
    content: nullable(anyText),
    answer: nullable(anyText),
    mark: cacheMark,
    // A caller that moves from one way to the other may have both in one message.
    also: fc.option(
      fc.constantFrom(...IDS).chain((id) => fc.record({ made: call(id), result: result(id) })),
      { nil: null },
    ),
  })
  .map(({ called: made, content, answer, also, mark }): ChatMessage[] => [
    { role: 'assistant', content, function_call: made, ...(also && { tool_calls: [also.made] }) },
    ...(also ? [also.result] : []),
    { role: 'function', name: made.name, content: answer, cache_control: mark },
  ]);

/** Calls and all their results, as whole conversations from any model may hold them. */
export const TOOL_HISTORY: RequestFeature = {
  stretches: [callsAndResults, callsAndResults, legacyCall],
};
