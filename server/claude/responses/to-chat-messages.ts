import type { AssistantMessage, ChatMessage } from '../../../shared/chat-message.ts';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import { type InputItem, isKnownItem, type KnownItem } from '../../../shared/responses/input-item.ts';
import type { ToolCall } from '../../../shared/tool.ts';
import { append } from '../append.ts';
import type { Notices } from '../notices.ts';
import { CLIENT_TOOLS } from './client-tools.ts';
import type { MessagePlace, ParamNames } from './param-names.ts';
import { toChatContent, toTextParts } from './to-chat-content.ts';
import type { ChatTools } from './to-chat-tools.ts';
import { sentName } from './tool-names.ts';

export interface ItemOptions {
  params: ParamNames;
  tools: ChatTools;
  notices: Notices;
  /** The signed thinking of a reasoning item; undefined when it is none that this server gave to this caller. */
  openThinking: (item: Extract<KnownItem, { type: 'reasoning' }>) => ReasoningDetail[] | undefined;
  /** The summary in a compaction item; undefined when it is none that this server gave to this caller. */
  openSummary: (sealed: string) => string | undefined;
}

/** The assistant's message that still grows. */
interface OpenAnswer {
  message: AssistantMessage;
  place: MessagePlace;
}

const BEFORE_SUMMARY = 'The conversation before this point was shortened. What matters of it:\n\n';

/** Reads items of the Responses API into messages of chat completions: all that one answer said is one message. */
export class ChatMessages {
  readonly messages: ChatMessage[] = [];
  readonly #options: ItemOptions;
  #answer: OpenAnswer | undefined;

  constructor(options: ItemOptions) {
    this.#options = options;
  }

  /** Throws a 400 that names the item. */
  add(item: InputItem, path: string): void {
    const { notices, tools, openSummary } = this.#options;
    if (!isKnownItem(item)) return notices.add(path, 'ignored', `Claude has no place for '${item.type}'`);
    switch (item.type) {
      case undefined:
      case 'message':
        return this.#addMessage(item, path);
      case 'reasoning':
        return this.#addThinking(item, path);
      case 'function_call': {
        const { call_id: id, name, namespace, arguments: json } = item;
        return this.#addCall(functionCall(id, sentName(name, namespace), json), path);
      }
      case 'custom_tool_call': {
        const { call_id: id, name, namespace, input } = item;
        return this.#addCall({ id, type: 'custom', custom: { name: sentName(name, namespace), input } }, path);
      }
      case 'tool_search_call':
        // A search of OpenAI's own.
        if (!item.call_id) return;
        return this.#addCall(functionCall(item.call_id, 'tool_search', JSON.stringify(item.arguments ?? {})), path);
      case 'local_shell_call':
        return this.#addCall(clientCall('local_shell', item), path);
      case 'shell_call':
        return this.#addCall(clientCall('shell', item), path);
      case 'apply_patch_call':
        return this.#addCall(clientCall('apply_patch', item), path);
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#addResult(item.call_id, toChatContent(item.output, `${path}.output`), path);
      case 'local_shell_call_output':
        return this.#addResult(item.call_id ?? item.id ?? '', item.output, path);
      case 'shell_call_output':
        return this.#addResult(
          item.call_id,
          typeof item.output === 'string' ? item.output : JSON.stringify(item.output),
          path,
        );
      case 'apply_patch_call_output':
        return this.#addResult(item.call_id, [item.status, item.output].filter(Boolean).join(': '), path);
      case 'tool_search_output':
        tools.add(item.tools as never, `${path}.tools`, true);
        if (!item.call_id) return;
        return this.#addResult(item.call_id, `Found: ${namesOf(item.tools) || 'nothing'}.`, path);
      case 'additional_tools':
        return tools.add(item.tools as never, `${path}.tools`, true);
      case 'compaction':
      case 'compaction_summary': {
        const summary = openSummary(item.encrypted_content);
        if (summary === undefined) return notices.add(path, 'ignored', 'it is not a summary that this server gave');
        this.#push({ role: 'user', content: BEFORE_SUMMARY + summary }, path);
        return;
      }
      // What Claude found comes back with its thinking; the trigger is asked for elsewhere.
      case 'web_search_call':
      case 'compaction_trigger':
        return;
      case 'item_reference':
        return notices.add(path, 'ignored', `no item '${item.id}' is stored here`);
    }
  }

  /** A system message of the request's own. */
  addInstructions(content: string, path: string): void {
    if (content !== '') this.#push({ role: 'system', content }, path);
  }

  #addMessage({ role, content }: Extract<KnownItem, { type?: 'message' | undefined }>, path: string): void {
    const at = `${path}.content`;
    if (role === 'user') {
      this.#push({ role, content: toChatContent(content, at) }, path);
      return;
    }
    const text = toTextParts(content, at);
    if (role !== 'assistant') {
      this.#push({ role, content: text }, path);
      return;
    }
    const { message, place } = this.#open(path);
    const parts = typeof text === 'string' ? [{ type: 'text' as const, text }] : text;
    parts.forEach((_, index) => place.parts.push(typeof text === 'string' ? at : `${at}[${index}]`));
    append(message.content as object[], parts);
  }

  #addThinking(item: Extract<KnownItem, { type: 'reasoning' }>, path: string): void {
    const details = this.#options.openThinking(item);
    if (details === undefined) {
      const param = item.encrypted_content ? `${path}.encrypted_content` : path;
      const why = 'it is not thinking that this server gave to this caller; Claude goes on without it';
      return this.#options.notices.add(param, 'ignored', why);
    }
    // The first thinking of an answer: what stands before it is another one.
    if (details[0]?.index === 0) this.#answer = undefined;
    const { message } = this.#open(path);
    append((message.reasoning_details ??= []), details);
  }

  #addCall(call: ToolCall, path: string): void {
    const { message, place } = this.#open(path);
    (message.tool_calls ??= []).push(call);
    place.calls.push(path);
  }

  #addResult(id: string, content: Extract<ChatMessage, { role: 'tool' }>['content'], path: string): void {
    this.#push({ role: 'tool', tool_call_id: id, content }, path);
  }

  #open(path: string): OpenAnswer {
    if (this.#answer) return this.#answer;
    const message: AssistantMessage = { role: 'assistant', content: [] };
    const place = this.#push(message, path);
    this.#answer = { message, place };
    return this.#answer;
  }

  #push(message: ChatMessage, path: string): MessagePlace {
    this.#answer = undefined;
    const place: MessagePlace = { path, parts: [], calls: [] };
    this.messages.push(message);
    this.#options.params.messages.push(place);
    return place;
  }
}

function functionCall(id: string, name: string, json: string): ToolCall {
  return { id, type: 'function', function: { name, arguments: json } };
}

function clientCall(
  name: keyof typeof CLIENT_TOOLS,
  item: Parameters<(typeof CLIENT_TOOLS)['shell']['toInput']>[0],
): ToolCall {
  return functionCall(item.call_id ?? '', name, JSON.stringify(CLIENT_TOOLS[name].toInput(item)));
}

function namesOf(tools: readonly { type: string; name?: unknown; tools?: unknown }[]): string {
  return tools
    .flatMap(({ name, tools: inner }) =>
      Array.isArray(inner)
        ? inner.map((one: { name: string }) => sentName(one.name, String(name)))
        : typeof name === 'string'
          ? [name]
          : [],
    )
    .join(', ');
}
