import type Anthropic from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import type { AnswerPlan } from '../../server/claude/answer/answer-plan.ts';
import { anyJsonObject, anyText } from './arbitrary-text.ts';
import type { StreamEvent } from './claude-events.ts';

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const count = fc.nat({ max: 200_000 });

const webCitation = fc.record({
  type: fc.constant('web_search_result_location'),
  cited_text: anyText,
  encrypted_index: fc.constant('Eo8B'),
  title: nullable(anyText),
  url: fc.webUrl(),
});
const documentCitation = fc.record({
  type: fc.constant('char_location'),
  cited_text: anyText,
  document_index: fc.nat(3),
  document_title: nullable(anyText),
  start_char_index: fc.nat(9),
  end_char_index: fc.nat(99),
});

/** Text that may be JSON in a fence, whole or in part. */
const fenced = anyText.map((text) => `\`\`\`json\n{"a":${JSON.stringify(text)}}\n\`\`\``);
const textBlock = fc.record({
  type: fc.constant('text'),
  text: fc.oneof({ weight: 4, arbitrary: anyText }, { weight: 1, arbitrary: fenced }),
  citations: nullable(fc.array(fc.oneof(webCitation, documentCitation), { maxLength: 3 })),
});
const thinkingBlock = fc.record({ type: fc.constant('thinking'), thinking: anyText, signature: anyText });
const redactedBlock = fc.record({ type: fc.constant('redacted_thinking'), data: fc.base64String() });
/** The tools with a part in {@link anyPlan}, and one without. */
const TOOLS = { free: 'draw', output: 'answer', plain: 'get_weather' } as const;
const toolBlock = fc.record({
  type: fc.constant('tool_use'),
  id: fc.uuid().map((id) => `toolu_${id}`),
  name: fc.constantFrom(...Object.values(TOOLS)),
  input: fc.oneof(anyJsonObject, fc.record({ input: anyText })),
});
/** What Claude may learn to answer, and what its own tools answer: nothing of the caller's. */
const otherBlock = fc.oneof(
  fc.record({
    type: fc.constant('server_tool_use'),
    id: fc.constant('srvtoolu_1'),
    name: fc.constant('web_search'),
    input: anyJsonObject,
  }),
  fc.record({ type: fc.constant('hologram'), text: anyText, thinking: anyText, input: anyJsonObject }),
);

const block = fc.oneof(
  { weight: 4, arbitrary: textBlock },
  { weight: 2, arbitrary: thinkingBlock },
  { weight: 1, arbitrary: redactedBlock },
  { weight: 3, arbitrary: toolBlock },
  { weight: 1, arbitrary: otherBlock },
);

const stopReason = fc.constantFrom(
  'end_turn',
  'stop_sequence',
  'max_tokens',
  'model_context_window_exceeded',
  'tool_use',
  'pause_turn',
  'refusal',
  'solar_flare',
  null,
);
const stopDetails = nullable(
  fc.record({
    type: fc.constant('refusal'),
    category: fc.constantFrom('cyber', 'bio', null),
    explanation: nullable(anyText),
  }),
);

const usage = fc.record({
  input_tokens: count,
  cache_creation_input_tokens: nullable(count),
  cache_read_input_tokens: nullable(count),
  output_tokens: count,
  output_tokens_details: nullable(fc.record({ thinking_tokens: nullable(count) })),
  server_tool_use: nullable(fc.record({ web_search_requests: fc.nat(5) })),
  service_tier: fc.constantFrom('standard', 'priority', 'batch', null),
});

/** Any whole answer of Claude's, also such as the SDK's types do not know yet. */
export const anyClaudeMessage: fc.Arbitrary<Anthropic.Message> = fc
  .record({
    id: fc.constant('msg_1'),
    type: fc.constant('message'),
    role: fc.constant('assistant'),
    model: fc.constantFrom('claude-opus-5-5', 'claude-haiku-4-5-20251001'),
    content: fc.array(block, { maxLength: 5 }),
    stop_reason: stopReason,
    stop_sequence: nullable(anyText),
    stop_details: stopDetails,
    usage,
  })
  .map((message) => message as unknown as Anthropic.Message);

/** Any way in which an answer may have to be turned back; `functions` know no free-form tools. */
export const anyPlan: fc.Arbitrary<AnswerPlan> = fc
  .record({
    customTools: fc.constantFrom(new Set<string>(), new Set([TOOLS.free])),
    legacyFunctions: fc.boolean(),
    outputTool: fc.constantFrom(undefined, TOOLS.output),
    jsonText: fc.boolean(),
    reasoningSeal: fc.constantFrom(undefined, { model: 'claude-opus-5-5', prefix: 'p1' }),
  })
  .map((plan) => (plan.legacyFunctions ? { ...plan, customTools: new Set() } : plan));

const noise: fc.Arbitrary<StreamEvent> = fc.oneof(
  fc.constant({ type: 'ping' }),
  fc.constant({ type: 'aurora', index: 0, delta: { type: 'text_delta', text: 'never shown' } }),
  fc.nat(5).map((index) => ({ type: 'content_block_delta', index, delta: { type: 'sparkle_delta', text: 'no' } })),
);

/** The same events with pings, unknown events and unknown deltas strewn between the first and the last. */
export function withNoise(events: readonly StreamEvent[]): fc.Arbitrary<StreamEvent[]> {
  const places = fc.array(fc.tuple(fc.integer({ min: 1, max: events.length - 1 }), noise), { maxLength: 6 });
  return places.map((insertions) => {
    const strewn = [...events];
    for (const [place, event] of insertions) strewn.splice(place, 0, event);
    return strewn;
  });
}
