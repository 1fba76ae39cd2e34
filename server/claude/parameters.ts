import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { type ParameterRule, parameterCheck } from './parameter-rule.ts';

/** The fate of every top-level field. docs/parameters.md is generated from it. */
export const PARAMETERS: Readonly<Record<string, ParameterRule>> = {
  model: {
    fate: 'mapped',
    effect: 'Exact Claude ids, aliases of TRESTLE_MODEL_ALIASES; a retired id is substituted by its successor',
  },
  messages: { fate: 'mapped', effect: 'Every role and part kind but audio' },
  stream: { fate: 'mapped', effect: 'Server-sent events; `chat.stream` in tRPC' },
  stream_options: {
    fate: 'mapped',
    effect: '`include_usage` is honoured; `include_obfuscation` is ignored with a notice',
  },
  max_tokens: {
    fate: 'mapped',
    effect: "`max_tokens`; clamped to the model's limit. Left out, the model's limit is sent",
  },
  max_completion_tokens: { fate: 'mapped', effect: 'As `max_tokens`, over which it wins' },
  temperature: { fate: 'mapped', effect: 'Sent (0 to 1, clamped above) to models that take it; ignored by the others' },
  top_p: { fate: 'mapped', effect: 'Sent to models that take it when no temperature is sent; ignored otherwise' },
  stop: { fate: 'mapped', effect: '`stop_sequences`; sequences of blanks alone are left out' },
  n: { fate: 'emulated', effect: 'Parallel calls to Claude, each billed' },
  presence_penalty: { fate: 'ignored', effect: 'Claude has no penalties', defaults: [0] },
  frequency_penalty: { fate: 'ignored', effect: 'Claude has no penalties', defaults: [0] },
  seed: { fate: 'ignored', effect: 'Claude does not sample by seed' },
  logit_bias: { fate: 'ignored', effect: 'Claude takes no token biases', defaults: [{}] },
  logprobs: {
    fate: 'ignored',
    effect: 'Claude gives no log probabilities; `logprobs` is null in answers',
    defaults: [false],
  },
  top_logprobs: {
    fate: 'ignored',
    effect: 'Claude gives no log probabilities; `logprobs` is null in answers',
    defaults: [0],
  },
  user: { fate: 'mapped', effect: '`metadata.user_id`, hashed' },
  safety_identifier: { fate: 'mapped', effect: '`metadata.user_id`, hashed; wins over `user`' },
  prompt_cache_key: { fate: 'ignored', effect: 'Claude caches by prefix and needs no key' },
  prompt_cache_retention: {
    fate: 'ignored',
    effect: "Claude's caches last 5 minutes or 1 hour",
    defaults: ['in_memory', 'in-memory'],
  },
  prompt_cache_options: {
    fate: 'mapped',
    effect: '`mode: explicit` turns automatic cache marks off; `ttl` has no counterpart and is ignored',
  },
  service_tier: {
    fate: 'mapped',
    effect: '`auto` and `default` are sent; the other tiers do not exist on Claude and are ignored',
  },
  metadata: { fate: 'mapped', effect: 'Kept with a stored completion; ignored with a notice where none is stored' },
  store: {
    fate: 'mapped',
    effect: 'Kept by this server for TRESTLE_STORAGE_DAYS; ignored with a notice where its storage is off',
  },
  modalities: { fate: 'refused', effect: 'Claude answers in text alone', defaults: [['text'], []] },
  audio: { fate: 'refused', effect: 'Claude answers in text alone' },
  moderation: { fate: 'ignored', effect: 'Claude has no moderation of requests and answers' },
  prediction: { fate: 'ignored', effect: 'Claude takes no predicted output' },
  verbosity: { fate: 'emulated', effect: 'By an instruction' },
  reasoning_effort: {
    fate: 'mapped',
    effect:
      'Adaptive thinking and `effort`, or a thinking budget, as the model takes it; `reasoning_content` comes back',
  },
  thinking: { fate: 'mapped', effect: "Claude's own field, an extension; wins over `reasoning_effort`" },
  response_format: {
    fate: 'mapped',
    effect:
      "`json_schema` by Claude's structured outputs, by a tool where no grammar can hold the schema; `json_object` by instruction",
  },
  tools: {
    fate: 'mapped',
    effect:
      'Function tools, strict ones too; custom tools are emulated by a function of one string, whose grammar Claude is told of: a regular expression is checked, lark is not',
  },
  tool_choice: {
    fate: 'mapped',
    effect:
      'All five forms; on models that can not be forced a grammar makes sure of the call, or an instruction where none can, and a notice says when it was not kept',
  },
  parallel_tool_calls: { fate: 'mapped', effect: '`disable_parallel_tool_use`' },
  functions: { fate: 'mapped', effect: 'As tools; the call comes back as `function_call`' },
  function_call: { fate: 'mapped', effect: 'As `tool_choice`' },
  web_search_options: { fate: 'mapped', effect: "Claude's own web search; its sources come back as `annotations`" },
} satisfies Record<keyof (typeof ChatCompletionRequest)['shape'], ParameterRule>;

/** Refuses or notes every field that no translator honours. Throws a 400 that names the field. */
export const checkParameters = parameterCheck({
  rules: PARAMETERS,
  schema: ChatCompletionRequest,
  api: 'chat completions',
});
