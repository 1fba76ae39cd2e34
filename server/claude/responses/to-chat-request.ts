import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { InputItem, KnownItem } from '../../../shared/responses/input-item.ts';
import type { ResponsesRequest, ResponseTextFormat } from '../../../shared/responses/responses-request.ts';
import type { Notices } from '../notices.ts';
import type { ShownThinking } from '../request/reasoning.ts';
import type { ParamNames } from './param-names.ts';
import { checkResponsesParameters } from './parameters.ts';
import { ChatMessages, type ItemOptions } from './to-chat-messages.ts';
import { ChatTools, toChatToolChoice } from './to-chat-tools.ts';
import type { ToolNames } from './tool-names.ts';

export interface ResponsesOptions extends Pick<ItemOptions, 'openThinking' | 'openSummary'> {
  notices: Notices;
  /** The caller's names of fields; filled on the way, for errors as well. */
  params: ParamNames;
  /** Items that stand before the request's own, of the response that it goes on from. */
  before: readonly InputItem[];
}

/** A request of the Responses API as one of chat completions, and what its answer is written by. */
export interface ChatTranslation {
  request: ChatCompletionRequest;
  tools: ToolNames;
  shown: ShownThinking;
  /** The answer is to be a summary of the conversation in place of an answer. */
  compacts: boolean;
}

const COMPACT =
  'Do not answer the last message, and call no tool. Write a summary of this conversation that takes its place: what was asked for, ' +
  'what was decided and why, what was done and found (with names of files, identifiers and numbers as they are), what is still to be done. Write nothing else.';

/** Throws a 400 that names the field, as chat completions has it: {@link ParamNames} has the caller's names. */
export function toChatRequest(request: ResponsesRequest, options: ResponsesOptions): ChatTranslation {
  const { notices, params } = options;
  checkResponsesParameters(request, notices);
  const tools = new ChatTools(params, notices);
  tools.add((request.tools ?? []) as never, 'tools', false);
  const items = new ChatMessages({ ...options, tools });
  items.addInstructions(request.instructions ?? '', 'instructions');
  for (const item of options.before) items.add(item, 'previous_response_id');
  const input = itemsOf(request.input);
  input.forEach((item, index) => items.add(item, typeof request.input === 'string' ? 'input' : `input[${index}]`));
  const compacts = input.some(({ type }) => type === 'compaction_trigger');
  if (compacts) items.add({ type: 'message', role: 'user', content: COMPACT }, 'input');
  return {
    request: {
      model: request.model,
      messages: items.messages,
      ...(request.stream && { stream: true }),
      ...(tools.tools.length > 0 && { tools: tools.tools }),
      ...(tools.webSearch &&
        !compacts && { web_search_options: { ...tools.webSearch, max_uses: request.max_tool_calls } }),
      tool_choice: compacts && tools.tools.length > 0 ? 'none' : toChatToolChoice(request.tool_choice, tools, notices),
      parallel_tool_calls: request.parallel_tool_calls,
      max_completion_tokens: request.max_output_tokens,
      temperature: request.temperature,
      top_p: request.top_p,
      user: request.user,
      safety_identifier: request.safety_identifier,
      service_tier: request.service_tier === 'ultrafast' ? 'fast' : request.service_tier,
      reasoning_effort: request.reasoning?.effort,
      ...(!compacts && textOf(request.text)),
      ...cacheOptionsOf(request),
    },
    tools: tools.names,
    shown: { summary: asksSummary(request) },
    compacts,
  };
}

/** The items of an input, which may be a text. */
export function itemsOf(input: ResponsesRequest['input']): readonly InputItem[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return (input ?? []) as KnownItem[];
}

function asksSummary({ reasoning }: ResponsesRequest): boolean {
  const summary = reasoning?.summary ?? reasoning?.generate_summary;
  return typeof summary === 'string' && summary !== 'none';
}

function textOf(text: ResponsesRequest['text']): Partial<ChatCompletionRequest> {
  return { verbosity: text?.verbosity, ...(text?.format && { response_format: formatOf(text.format) }) };
}

function formatOf(format: ResponseTextFormat): ChatCompletionRequest['response_format'] {
  if (format.type !== 'json_schema') return { type: format.type };
  const { name, description, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, description, schema, strict } };
}

function cacheOptionsOf({ prompt_cache_options: options }: ResponsesRequest): Partial<ChatCompletionRequest> {
  return options?.mode ? { prompt_cache_options: { mode: options.mode } } : {};
}
