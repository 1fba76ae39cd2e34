import type Anthropic from '@anthropic-ai/sdk';
import type { CacheControl } from '../../../shared/cache-control.ts';
import type { AssistantMessage, ChatMessage } from '../../../shared/chat-message.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { FunctionCall } from '../../../shared/tool.ts';
import { append } from '../append.ts';
import { toSpokenParts } from '../content/assistant-text.ts';
import { toCacheMark } from '../content/cache-marks.ts';
import { toBlocks, toTextBlocks } from '../content/content-parts.ts';
import type { ModelRules } from '../models.ts';
import type { Notices } from '../notices.ts';
import { renameKeys } from '../schema/key-renamer.ts';
import type { SentNames } from '../schema/property-names.ts';
import { addInstruction } from '../thinking/instruction-turn.ts';
import { Conversation, EMPTY_TURN } from './conversation.ts';
import { ToolIds, toToolName } from './tool-ids.ts';
import { parseToolInput } from './tool-input.ts';

const CONTINUE_TURN = 'Continue.';

export interface MessageOptions {
  rules: ModelRules;
  /** A trailing assistant message may be sent for Claude to continue. */
  prefill: boolean;
  notices: Notices;
  /** An instruction for Claude at the very end, on a model that takes system messages there. */
  closing?: string | undefined;
  /** By tool: the names that Claude gets for arguments whose own names it refuses. */
  sentNames?: ReadonlyMap<string, SentNames>;
  /** Puts signed thinking back into an assistant's turn. */
  restore?: (
    message: AssistantMessage,
    turn: Anthropic.ContentBlockParam[],
    before: Before,
    path: string,
  ) => Anthropic.ContentBlockParam[];
}

/** What stands before a message. */
interface Before {
  system: readonly Anthropic.TextBlockParam[];
  turns: Anthropic.MessageParam[];
}

export interface ClaudeMessages {
  system: Anthropic.TextBlockParam[];
  messages: Anthropic.MessageParam[];
}

/** OpenAI's messages as Claude's system prompt and turns. Throws a 400 that names the message at fault. */
export function toClaudeMessages(input: readonly ChatMessage[], options: MessageOptions): ClaudeMessages {
  const { rules, notices } = options;
  const system: Anthropic.TextBlockParam[] = [];
  const conversation = new Conversation();
  const ids = new ToolIds();
  let lastSaid = '';

  input.forEach((message, index) => {
    const path = `messages[${index}]`;
    if ('name' in message && message.name && message.role !== 'function' && message.role !== 'tool') {
      notices.add(`${path}.name`, 'ignored', 'Claude does not tell participants of one role apart');
    }
    switch (message.role) {
      case 'developer':
      case 'system': {
        const blocks = marked(toTextBlocks(message.content), message.cache_control);
        if (conversation.started && rules.systemInMessages) {
          conversation.addLateSystem(blocks, path);
          return;
        }
        if (conversation.started && blocks.length > 0)
          notices.addEach(path, 'emulated', `${rules.id} takes system messages only at the start; it was moved there`);
        append(system, blocks);
        return;
      }
      case 'user':
        conversation.addUser(marked(toBlocks(message.content, `${path}.content`, notices), message.cache_control));
        return;
      case 'assistant': {
        const { blocks, calls } = toAssistantTurn(message, path, ids, options);
        // Says nothing, and is not there to Claude.
        if (blocks.length === 0 && !hasDetails(message)) return;
        lastSaid = path;
        conversation.beforeAssistant();
        const turn = options.restore?.(message, blocks, { system, turns: conversation.turns }, path) ?? blocks;
        conversation.addAssistant(marked(turn, message.cache_control), calls, path);
        return;
      }
      case 'tool':
        {
          const blocks = toBlocks(message.content, `${path}.content`, notices);
          marked([conversation.addToolResult({ id: message.tool_call_id }, blocks, path)], message.cache_control);
        }
        return;
      case 'function':
        marked(
          [conversation.addToolResult({ name: message.name }, toTextBlocks(message.content ?? ''), path)],
          message.cache_control,
        );
    }
  });

  const leftover = conversation.finish();
  const messages = conversation.turns;
  closeTurns(messages, leftover, lastSaid, options);
  if (messages.length === 0) {
    messages.push({ role: 'user', content: EMPTY_TURN });
    conversation.filled.push('messages');
  }
  noteOrder(conversation, notices);
  if (options.closing !== undefined) addInstruction(messages, options.closing);
  for (const turn of messages) turn.content = plainest(turn.content);
  return { system, messages };
}

function hasDetails({ reasoning_details: details }: AssistantMessage): boolean {
  return details !== null && details !== undefined && details.length > 0;
}

/** Every place where Claude's order of turns is not the caller's. */
function noteOrder({ moved, filled }: Conversation, notices: Notices): void {
  for (const path of moved) {
    const why = "Claude takes system messages only after a whole user turn; it was moved behind the user's messages";
    notices.addEach(path, 'emulated', why);
  }
  for (const path of filled) {
    notices.addEach(path, 'emulated', `Claude takes it only after a user's message; '${EMPTY_TURN}' was put before it`);
  }
}

/** Sees to it that the turns end as the model needs them to: with a user's turn, or with a prefill. */
function closeTurns(
  turns: Anthropic.MessageParam[],
  late: Anthropic.TextBlockParam[],
  path: string,
  options: MessageOptions,
): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  if (options.prefill && late.length === 0) {
    const block = Array.isArray(last.content) ? last.content.at(-1) : undefined;
    // Claude refuses white space at the end of a prefill.
    if (block?.type === 'text') block.text = block.text.trimEnd();
    return;
  }
  turns.push({ role: 'user', content: CONTINUE_TURN });
  if (late.length > 0) turns.push({ role: 'system', content: late });
  options.notices.addEach(
    path,
    'emulated',
    `${options.rules.id} answers users alone; '${CONTINUE_TURN}' was added after the last assistant message`,
  );
}

function toAssistantTurn(
  message: AssistantMessage,
  path: string,
  ids: ToolIds,
  { notices, sentNames }: MessageOptions,
) {
  const inputOf = ({ name, arguments: text }: FunctionCall, param: string): unknown =>
    parseToolInput(renameKeys(text, sentNames?.get(name)), param, notices);
  if (message.audio) {
    throw new TrestleError('unsupported_parameter', 'Claude does not take audio', { param: `${path}.audio` });
  }
  const blocks: Anthropic.ContentBlockParam[] = [];
  append(blocks, toTextBlocks(toSpokenParts(message.content ?? '')));
  append(blocks, toTextBlocks(message.refusal ?? ''));

  const calls = (message.tool_calls ?? []).map((call, index) => {
    const name = call.type === 'function' ? call.function.name : call.custom.name;
    const claudeId = ids.assign(call.id);
    const input =
      call.type === 'function'
        ? inputOf(call.function, `${path}.tool_calls[${index}].function.arguments`)
        : { input: call.custom.input };
    blocks.push({
      type: 'tool_use',
      id: claudeId,
      name: toToolName(name, `${path}.tool_calls[${index}].${call.type}.name`, notices),
      input,
      ...(call.cache_control && { cache_control: toCacheMark(call.cache_control) }),
    });
    return { askedId: call.id, name, claudeId };
  });
  if (message.function_call) {
    const { name } = message.function_call;
    const claudeId = ids.assign(`function_${name}`);
    const input = inputOf(message.function_call, `${path}.function_call.arguments`);
    blocks.push({
      type: 'tool_use',
      id: claudeId,
      name: toToolName(name, `${path}.function_call.name`, notices),
      input,
    });
    calls.push({ askedId: name, name, claudeId });
  }
  return { blocks, calls };
}

/** The blocks with a mark of their message's on the last of them. */
function marked<T extends Anthropic.ContentBlockParam>(blocks: T[], mark: CacheControl | null | undefined): T[] {
  const last = blocks.at(-1);
  if (mark && last && 'type' in last && last.type !== 'thinking' && last.type !== 'redacted_thinking')
    Object.assign(last, { cache_control: toCacheMark(mark) });
  return blocks;
}

/** One unmarked text block is sent as the string it is. */
function plainest(content: Anthropic.MessageParam['content']): Anthropic.MessageParam['content'] {
  const [only, ...others] = typeof content === 'string' ? [] : content;
  return only?.type === 'text' && others.length === 0 && !only.cache_control ? only.text : content;
}
