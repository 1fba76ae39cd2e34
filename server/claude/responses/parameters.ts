import { ResponsesRequest } from '../../../shared/responses/responses-request.ts';
import type { Notices } from '../notices.ts';
import { type ParameterRule, parameterCheck } from '../parameter-rule.ts';

/** The fate of every top-level field of the Responses API. docs/parameters.md is generated from it. */
export const RESPONSES_PARAMETERS: Readonly<Record<string, ParameterRule>> = {
  model: { fate: 'mapped', effect: 'As in chat completions' },
  input: {
    fate: 'mapped',
    effect:
      'A text, or items: messages, reasoning, calls and results of functions, custom tools, tool searches, shells and patches, additional tools, compactions. Items of tools that run at OpenAI are left out with a notice',
  },
  instructions: { fate: 'mapped', effect: 'A system message before the input' },
  generate: { fate: 'emulated', effect: '`false` makes a response without output; Claude is not asked' },
  stream: { fate: 'mapped', effect: 'Server-sent events; `responses.stream` in tRPC' },
  stream_options: { fate: 'ignored', effect: 'Events are not padded', defaults: [{}, { include_obfuscation: false }] },
  store: { fate: 'mapped', effect: 'Kept by this server for as long as it says; true unless set' },
  previous_response_id: { fate: 'mapped', effect: 'The input and output of that response come before this input' },
  conversation: {
    fate: 'mapped',
    effect: 'The items of that conversation come before this input, and those of the response join it',
  },
  background: {
    fate: 'mapped',
    effect:
      'The response goes on without its caller, and can be retrieved, read as a stream and cancelled; it has to be stored',
  },
  include: {
    fate: 'mapped',
    effect:
      '`reasoning.encrypted_content` and `web_search_call.action.sources` are given; the rest is ignored with a notice',
  },
  max_output_tokens: {
    fate: 'mapped',
    effect: "`max_tokens`; clamped to the model's limit. Left out, the model's limit is sent",
  },
  max_tool_calls: {
    fate: 'mapped',
    effect:
      "The most web searches, the only tool that runs at Claude; calls of the client's own tools it does not count",
  },
  truncation: {
    fate: 'ignored',
    effect: 'Input that is too long is an error; nothing is left out of it',
    defaults: ['disabled'],
  },
  context_management: { fate: 'ignored', effect: 'Conversations are not shortened by themselves', defaults: [[]] },
  tools: {
    fate: 'mapped',
    effect:
      'Functions, custom tools, namespaces, tool search by the client, local shell, shell and apply_patch, web search; tools that run at OpenAI are ignored with a notice',
  },
  tool_choice: { fate: 'mapped', effect: 'As in chat completions; tools that run at OpenAI can not be chosen' },
  parallel_tool_calls: { fate: 'mapped', effect: '`disable_parallel_tool_use`' },
  reasoning: {
    fate: 'mapped',
    effect: "`effort` as `reasoning_effort` of chat completions; `summary` has Claude's thinking summarized",
  },
  text: { fate: 'mapped', effect: '`format` as `response_format` of chat completions, `verbosity` by an instruction' },
  temperature: { fate: 'mapped', effect: 'As in chat completions' },
  top_p: { fate: 'mapped', effect: 'As in chat completions' },
  top_logprobs: { fate: 'ignored', effect: 'Claude gives no log probabilities', defaults: [0] },
  prompt: { fate: 'refused', effect: 'Prompts that are stored at OpenAI are not here' },
  metadata: { fate: 'mapped', effect: 'Kept with the response, and given back' },
  user: { fate: 'mapped', effect: '`metadata.user_id`, hashed' },
  safety_identifier: { fate: 'mapped', effect: '`metadata.user_id`, hashed; wins over `user`' },
  prompt_cache_key: { fate: 'mapped', effect: 'Given back; Claude caches by prefix and needs no key' },
  prompt_cache_retention: {
    fate: 'ignored',
    effect: "Claude's caches last 5 minutes or 1 hour",
    defaults: ['in_memory', 'in-memory'],
  },
  prompt_cache_options: {
    fate: 'mapped',
    effect: '`mode: explicit` turns automatic cache marks off; the rest is ignored',
  },
  service_tier: { fate: 'mapped', effect: 'As in chat completions' },
  moderation: { fate: 'ignored', effect: 'Claude has no moderation of requests and answers' },
  access_programs: { fate: 'ignored', effect: 'They are programs of OpenAI', defaults: [{}] },
  image: { fate: 'ignored', effect: 'Claude reads images in its own way', defaults: [{}] },
  client_metadata: { fate: 'ignored', effect: 'Claude has no place for it' },
} satisfies Record<keyof (typeof ResponsesRequest)['shape'], ParameterRule>;

/** What a client may ask to have in the answer beside the rest, and is given. */
export const INCLUDABLE = {
  thinking: 'reasoning.encrypted_content',
  sources: 'web_search_call.action.sources',
} as const;
const GIVEN: ReadonlySet<string> = new Set(Object.values(INCLUDABLE));

const checkFields = parameterCheck({
  rules: RESPONSES_PARAMETERS,
  schema: ResponsesRequest,
  api: 'the Responses API',
});

/** Refuses or notes every field that is not translated. Throws a 400 that names the field. */
export function checkResponsesParameters(request: ResponsesRequest, notices: Notices): void {
  checkFields(request, notices);
  for (const name of request.include ?? [])
    if (!GIVEN.has(name)) notices.add('include', 'ignored', `'${name.slice(0, 100)}' is not there to include`);
}
