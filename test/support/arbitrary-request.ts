import * as fc from 'fast-check';
import { DATED_IDS, MODELS, SUCCESSORS } from '../../server/claude/models.ts';
import type { ChatMessage } from '../../shared/chat-message.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { cacheMark, marked } from './arbitrary-marks.ts';
import { anyJsonObject, anyText } from './arbitrary-text.ts';
import { dataUri, TINY_IMAGES } from './tiny-files.ts';

/** Something that requests may use beside text and images: runs of messages, and top-level fields. */
export interface RequestFeature {
  /** Messages that belong together, such as a call and its results. */
  stretches?: readonly fc.Arbitrary<ChatMessage[]>[];
  fields?: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Fields that fit each other, such as tools and the choice of one. */
  together?: fc.Arbitrary<Record<string, unknown>>;
}

export interface RequestOptions {
  features?: readonly RequestFeature[];
  /** @default every id of the table, dated and retired ones too */
  models?: readonly string[];
}

const ALL_MODELS = [...MODELS.map(({ id }) => id), ...Object.keys(DATED_IDS), ...Object.keys(SUCCESSORS)];

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const named = { name: nullable(fc.constantFrom('ada', 'bob')) };
const someFields: { requiredKeys: ['role', 'content'] } = { requiredKeys: ['role', 'content'] };

const textPart = anyText.map((text) => ({ type: 'text' as const, text }));
const textContent = fc.oneof(anyText, fc.array(textPart, { maxLength: 3 }));

const imageUrl = fc.oneof(
  fc.constantFrom('https://example.com/a.png', 'HTTPS://example.com/ä b.jpg?q=1#x'),
  fc.constantFrom(...Object.entries(TINY_IMAGES)).map(([type, data]) => dataUri(type, data)),
  // A label that is wrong, as clients often send it.
  fc.constantFrom(...Object.values(TINY_IMAGES)).map((data) => dataUri('image/png', data)),
);
const imagePart = fc.record(
  {
    type: fc.constant('image_url' as const),
    image_url: fc.record(
      { url: imageUrl, detail: fc.constantFrom('auto', 'low', 'high', null) },
      { requiredKeys: ['url'] },
    ),
  },
  { requiredKeys: ['type', 'image_url'] },
);
const refusalPart = anyText.map((refusal) => ({ type: 'refusal' as const, refusal }));

const systemMessage = fc.record(
  {
    role: fc.constantFrom('system' as const, 'developer' as const),
    content: textContent,
    ...named,
    cache_control: cacheMark,
  },
  someFields,
);
const userMessage = fc.record(
  {
    cache_control: cacheMark,
    role: fc.constant('user' as const),
    content: fc.oneof(anyText, fc.array(fc.oneof(textPart, imagePart), { maxLength: 4 })),
    ...named,
  },
  someFields,
);
const annotation = fc.record({
  type: fc.constant('url_citation'),
  url_citation: fc.record({ start_index: fc.nat(9), end_index: fc.nat(99), url: fc.webUrl(), title: anyText }),
});
const assistantMessage = fc.record(
  {
    cache_control: cacheMark,
    role: fc.constant('assistant' as const),
    content: fc.oneof(
      nullable(anyText),
      fc.array(fc.oneof({ weight: 4, arbitrary: textPart }, { weight: 1, arbitrary: refusalPart }), { maxLength: 3 }),
    ),
    refusal: nullable(anyText),
    audio: fc.constant(null),
    // Sent back by clients as they got it.
    annotations: nullable(fc.array(annotation, { maxLength: 2 })),
    parsed: nullable(anyJsonObject),
    tool_calls: nullable(fc.constant<never[]>([])),
    ...named,
  },
  { requiredKeys: ['role'] },
);

const PLAIN: RequestFeature = {
  stretches: [alone(userMessage), alone(userMessage), alone(assistantMessage), alone(systemMessage)],
  fields: {
    stream: fc.boolean(),
    stream_options: fc.record(
      { include_usage: nullable(fc.boolean()), include_obfuscation: nullable(fc.boolean()) },
      { requiredKeys: [] },
    ),
    max_tokens: fc.integer({ min: 1, max: 300_000 }),
    max_completion_tokens: fc.integer({ min: 1, max: 300_000 }),
    temperature: fc.oneof(fc.constantFrom(0, 1, 2), fc.double({ min: 0, max: 2, noNaN: true })),
    top_p: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    stop: fc.oneof(anyText, fc.array(anyText, { maxLength: 4 })),
    presence_penalty: fc.double({ min: -2, max: 2, noNaN: true }),
    frequency_penalty: fc.constantFrom(0, 0.5),
    seed: fc.integer(),
    logit_bias: fc.dictionary(fc.nat(50_000).map(String), fc.integer({ min: -100, max: 100 }), { maxKeys: 2 }),
    logprobs: fc.boolean(),
    top_logprobs: fc.integer({ min: 0, max: 20 }),
    user: anyText,
    safety_identifier: anyText,
    prompt_cache_key: anyText,
    prompt_cache_retention: fc.constantFrom('in_memory', 'in-memory', '24h'),
    service_tier: fc.constantFrom('auto', 'default', 'flex', 'scale', 'priority', 'fast'),
    metadata: fc.dictionary(anyText, anyText, { maxKeys: 2 }),
    store: fc.boolean(),
    modalities: fc.constantFrom(['text'], []),
    moderation: fc.constantFrom({}, { mode: 'strict' }),
    prediction: fc
      .oneof(anyText, fc.array(marked(textPart), { maxLength: 3 }))
      .map((content) => ({ type: 'content', content })),
    verbosity: fc.constantFrom('low', 'medium', 'high'),
    response_format: fc.constant({ type: 'text' }),
    tools: fc.constant([]),
    parallel_tool_calls: fc.constant(true),
    // Fields that no schema knows, some of them with names that every object has.
    constructor: fc.constantFrom('x', 1, {}),
    top_k: fc.nat(100),
  },
};

function alone(message: fc.Arbitrary<ChatMessage>): fc.Arbitrary<ChatMessage[]> {
  return message.map((only) => [only]);
}

/** Requests that the contract's schema allows, made of text, images, sampling and the features asked for. */
export function arbitraryRequest({
  features = [],
  models = ALL_MODELS,
}: RequestOptions = {}): fc.Arbitrary<ChatCompletionRequest> {
  const all = [PLAIN, ...features];
  const messages = fc
    .array(fc.oneof(...all.flatMap(({ stretches = [] }) => stretches)), { minLength: 1, maxLength: 7 })
    .map((stretches) => stretches.flat());
  const fields = Object.assign({}, ...all.map((feature) => feature.fields)) as Record<string, fc.Arbitrary<unknown>>;
  // Few fields at a time, so that a shrunk counterexample and its cause stand alone.
  const chosen = fc
    .subarray(Object.keys(fields), { maxLength: 6 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, nullable(fields[name]!)]))));
  const together = fc
    .tuple(...all.flatMap((feature) => (feature.together ? [fc.option(feature.together, { nil: {} })] : [])))
    .map((groups): Record<string, unknown> => Object.assign({}, ...groups));
  return fc
    .record({ model: fc.constantFrom(...models), messages, chosen, together })
    .map(({ chosen: some, together: groups, ...rest }) => ({ ...some, ...groups, ...rest }));
}
