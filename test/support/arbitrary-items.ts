import * as fc from 'fast-check';
import { MODELS } from '../../server/claude/models.ts';
import { anyJsonObject, anyText } from './arbitrary-text.ts';
import { dataUri, TINY_IMAGES, TINY_PDF } from './tiny-files.ts';

type Item = Record<string, unknown>;

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const id = nullable(fc.uuid());

const inputText = anyText.map((text) => ({ type: 'input_text', text }));
const inputImage = fc
  .constantFrom(...Object.entries(TINY_IMAGES))
  .map(([type, data]) => ({ type: 'input_image', image_url: dataUri(type, data), detail: 'auto' }));
const inputFile = fc.constant({
  type: 'input_file',
  filename: 'a.pdf',
  file_data: dataUri('application/pdf', TINY_PDF),
});
const outputText = anyText.map((text) => ({ type: 'output_text', text, annotations: [], logprobs: [] }));
const refusal = anyText.map((text) => ({ type: 'refusal', refusal: text }));

const userMessage: fc.Arbitrary<Item> = fc.record(
  {
    type: fc.constant('message'),
    role: fc.constant('user'),
    content: fc.oneof(anyText, fc.array(fc.oneof(inputText, inputImage, inputFile), { maxLength: 3 })),
    id,
  },
  { requiredKeys: ['role', 'content'] },
);
const systemMessage: fc.Arbitrary<Item> = fc.record({
  role: fc.constantFrom('system', 'developer'),
  content: fc.oneof(anyText, fc.array(inputText, { maxLength: 2 })),
});
const assistantMessage: fc.Arbitrary<Item> = fc.record({
  type: fc.constant('message'),
  role: fc.constant('assistant'),
  status: fc.constant('completed'),
  id,
  content: fc.oneof(anyText, fc.array(fc.oneof(outputText, refusal), { maxLength: 3 })),
});
/** Thinking that this server did not give. */
const foreignThinking: fc.Arbitrary<Item> = fc.record({
  type: fc.constant('reasoning'),
  id: fc.uuid().map((digits) => `rs_${digits}`),
  summary: fc.array(anyText.map((text) => ({ type: 'summary_text', text }))),
  content: fc.constant(null),
  encrypted_content: nullable(fc.base64String()),
});
const otherItem: fc.Arbitrary<Item> = fc.constantFrom<Item>(
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
  { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'x', tools: [] },
  { type: 'configuration_update', id: 'cu_1' },
  { type: 'tool_search_call', id: 'tsc_1', execution: 'server', call_id: null, arguments: {}, status: 'completed' },
);

const toolResult = fc.oneof(anyText, fc.array(fc.oneof(inputText, inputImage), { maxLength: 2 }));
const json = anyJsonObject.map((value) => JSON.stringify(value));

/** A call and its result, in items of each kind. */
const callKinds: readonly ((callId: string) => fc.Arbitrary<[Item, Item]>)[] = [
  (callId) =>
    fc
      .record({ input: json, output: toolResult, namespace: fc.constantFrom(undefined, 'agents') })
      .map(({ input, output, namespace }) => [
        { type: 'function_call', call_id: callId, name: 'look', arguments: input, ...(namespace && { namespace }) },
        { type: 'function_call_output', call_id: callId, output },
      ]),
  (callId) =>
    fc.record({ input: anyText, output: toolResult }).map(({ input, output }) => [
      { type: 'custom_tool_call', call_id: callId, name: 'draw', input },
      { type: 'custom_tool_call_output', call_id: callId, output },
    ]),
  (callId) =>
    anyText.map((output) => [
      {
        type: 'local_shell_call',
        id: callId,
        call_id: callId,
        status: 'completed',
        action: { type: 'exec', command: ['ls'], env: {} },
      },
      { type: 'local_shell_call_output', id: callId, output },
    ]),
  (callId) =>
    anyText.map((stdout) => [
      { type: 'shell_call', call_id: callId, action: { commands: ['ls'], timeout_ms: null, max_output_length: null } },
      {
        type: 'shell_call_output',
        call_id: callId,
        output: [{ stdout, stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
      },
    ]),
  (callId) =>
    anyText.map((output) => [
      { type: 'apply_patch_call', call_id: callId, status: 'completed', operation: { type: 'delete_file', path: 'a' } },
      { type: 'apply_patch_call_output', call_id: callId, status: 'completed', output },
    ]),
  (callId) =>
    fc.constant([
      {
        type: 'tool_search_call',
        call_id: callId,
        execution: 'client',
        arguments: { query: 'agent' },
        status: 'completed',
      },
      {
        type: 'tool_search_output',
        call_id: callId,
        execution: 'client',
        tools: [{ type: 'namespace', name: 'found', description: 'x', tools: [{ type: 'function', name: 'spawn' }] }],
      },
    ]),
];

/** What one answer called, then all the results. */
const stretch: fc.Arbitrary<Item[]> = fc
  .array(fc.tuple(fc.uuid(), fc.nat(callKinds.length - 1)), { minLength: 1, maxLength: 3 })
  .chain((calls) => fc.tuple(...calls.map(([callId, kind]) => callKinds[kind]!(callId))))
  .chain((pairs) =>
    fc.record({
      before: fc.array(fc.oneof(foreignThinking, assistantMessage), { maxLength: 2 }),
      results: fc.shuffledSubarray(
        pairs.map(([, result]) => result),
        { minLength: pairs.length },
      ),
      calls: fc.constant(pairs.map(([call]) => call)),
    }),
  )
  .map(({ before, calls, results }) => [...before, ...calls, ...results]);

const items: fc.Arbitrary<Item[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: userMessage.map((item) => [item]) },
      { weight: 2, arbitrary: assistantMessage.map((item) => [item]) },
      { weight: 1, arbitrary: systemMessage.map((item) => [item]) },
      { weight: 1, arbitrary: foreignThinking.map((item) => [item]) },
      { weight: 1, arbitrary: otherItem.map((item) => [item]) },
      { weight: 3, arbitrary: stretch },
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.flat());

const look = {
  type: 'function',
  name: 'look',
  description: 'Looks',
  parameters: { type: 'object', properties: { q: { type: 'string' } } },
  strict: false,
};
const anyTools: fc.Arbitrary<Item[]> = fc.subarray([
  look,
  { type: 'custom', name: 'draw', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
  {
    type: 'namespace',
    name: 'agents',
    description: 'x',
    tools: [
      { ...look, name: 'spawn' },
      { type: 'custom', name: 'run' },
    ],
  },
  { type: 'web_search', external_web_access: true, search_context_size: 'low' },
  { type: 'tool_search', execution: 'client', description: 'Finds', parameters: { type: 'object', properties: {} } },
  { type: 'tool_search' },
  { type: 'local_shell' },
  { type: 'shell', environment: { type: 'local' } },
  { type: 'apply_patch' },
  { type: 'file_search', vector_store_ids: ['vs_1'] },
  { type: 'mcp', server_label: 'x', server_url: 'https://example.com' },
]);

/** Any request of the Responses API that OpenAI's schema allows and that does not ask for what is refused. */
export const anyResponsesRequest = fc
  .record(
    {
      model: fc.constantFrom(...MODELS.map(({ id: model }) => model)),
      input: fc.oneof(anyText, items),
      instructions: nullable(anyText),
      tools: anyTools,
      tool_choice: fc.constantFrom(
        'auto',
        'none',
        null,
        { type: 'function', name: 'look' },
        { type: 'web_search_preview' },
      ),
      parallel_tool_calls: nullable(fc.boolean()),
      reasoning: fc.constantFrom(
        null,
        { effort: 'low' },
        { effort: 'none' },
        { summary: 'auto' },
        { effort: 'xhigh', summary: 'detailed', context: 'all_turns' },
      ),
      text: fc.constantFrom(
        null,
        { verbosity: 'low' },
        { format: { type: 'json_object' } },
        {
          format: {
            type: 'json_schema',
            name: 'x',
            strict: true,
            schema: {
              type: 'object',
              properties: { a: { type: 'string' } },
              required: ['a'],
              additionalProperties: false,
            },
          },
        },
      ),
      max_output_tokens: nullable(fc.integer({ min: 16, max: 200_000 })),
      temperature: nullable(fc.constantFrom(0, 0.5, 1, 2)),
      include: fc.constantFrom(null, [], ['reasoning.encrypted_content'], ['message.output_text.logprobs']),
      truncation: fc.constantFrom(null, 'auto', 'disabled'),
      store: nullable(fc.boolean()),
      metadata: fc.constantFrom(null, { a: 'b' }),
      service_tier: fc.constantFrom(null, 'auto', 'priority'),
    },
    { requiredKeys: ['model', 'input'] },
  )
  // A tool that is not there can't be chosen.
  .map((asked) => {
    const hasLook = asked.tools?.some(({ name }) => name === 'look');
    return typeof asked.tool_choice === 'object' && asked.tool_choice?.type === 'function' && !hasLook
      ? { ...asked, tool_choice: null }
      : asked;
  });
