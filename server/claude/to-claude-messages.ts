import type Anthropic from '@anthropic-ai/sdk';
import type { AssistantMessage, ChatMessage } from '../../shared/chat-message.ts';
import { TrestleError } from '../../shared/error.ts';
import { toBlocks, toTextBlocks } from './content-parts.ts';
import { Conversation } from './conversation.ts';
import type { ModelRules } from './models.ts';
import type { Notices } from './notices.ts';
import { toSpokenParts } from './spoken-text.ts';
import { ToolIds, toToolName } from './tool-ids.ts';
import { parseToolInput } from './tool-input.ts';

/** Stands where Claude needs a user turn and the caller sent none. */
const OPENING_TURN = '(The user sent no message.)';
const CONTINUE_TURN = 'Continue.';

export interface MessageOptions {
  rules: ModelRules;
  /** A trailing assistant message may be sent for Claude to continue. */
  prefill: boolean;
  notices: Notices;
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
  turns: readonly Anthropic.MessageParam[];
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
  let lateSystemAt: string | undefined;

  input.forEach((message, index) => {
    const path = `messages[${index}]`;
    if ('name' in message && message.name && message.role !== 'function' && message.role !== 'tool') {
      notices.add(`${path}.name`, 'ignored', 'Claude does not tell participants of one role apart');
    }
    switch (message.role) {
      case 'developer':
      case 'system': {
        const blocks = toTextBlocks(message.content);
        if (!conversation.started) system.push(...blocks);
        else if (rules.systemInMessages) {
          conversation.addLateSystem(blocks);
          lateSystemAt = path;
        } else if (blocks.length > 0) {
          notices.add(path, 'emulated', `${rules.id} takes system messages only at the start; it was moved there`);
          system.push(...blocks);
        }
        return;
      }
      case 'user':
        conversation.addUser(toBlocks(message.content, `${path}.content`, notices));
        if (conversation.waitingSystem && lateSystemAt !== undefined) {
          notices.add(
            lateSystemAt,
            'emulated',
            "Claude takes system messages only after a whole user turn; it was moved behind the user's messages",
          );
        }
        return;
      case 'assistant': {
        const { blocks, calls } = toAssistantTurn(message, path, ids, notices);
        conversation.endUserTurn();
        const turn = options.restore?.(message, blocks, { system, turns: conversation.turns }, path) ?? blocks;
        conversation.addAssistant(turn, calls, path);
        return;
      }
      case 'tool':
        conversation.addToolResult(
          { id: message.tool_call_id },
          toBlocks(message.content, `${path}.content`, notices),
          path,
        );
        return;
      case 'function':
        conversation.addToolResult({ name: message.name }, toTextBlocks(message.content ?? ''), path);
    }
  });

  const { leftover } = conversation.finish();
  const messages = conversation.turns;
  closeTurns(messages, leftover, input.length - 1, options);
  if (messages[0]?.role !== 'user') {
    messages.unshift({ role: 'user', content: OPENING_TURN });
    notices.add(
      'messages',
      'emulated',
      `Claude's conversations start with a user's message; '${OPENING_TURN}' was put first`,
    );
  }
  for (const turn of messages) turn.content = plainest(turn.content);
  return { system, messages };
}

/** Sees to it that the turns end as the model needs them to: with a user's turn, or with a prefill. */
function closeTurns(
  turns: Anthropic.MessageParam[],
  late: Anthropic.TextBlockParam[],
  lastIndex: number,
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
  options.notices.add(
    `messages[${lastIndex}]`,
    'emulated',
    `${options.rules.id} answers users alone; '${CONTINUE_TURN}' was added after the last assistant message`,
  );
}

function toAssistantTurn(message: AssistantMessage, path: string, ids: ToolIds, notices: Notices) {
  if (message.audio) {
    throw new TrestleError('unsupported_parameter', 'Claude does not take audio', { param: `${path}.audio` });
  }
  const blocks: Anthropic.ContentBlockParam[] = [];
  blocks.push(...toTextBlocks(toSpokenParts(message.content ?? '')), ...toTextBlocks(message.refusal ?? ''));

  const calls = (message.tool_calls ?? []).map((call, index) => {
    const name = call.type === 'function' ? call.function.name : call.custom.name;
    const claudeId = ids.assign(call.id);
    const input =
      call.type === 'function'
        ? parseToolInput(call.function.arguments, `${path}.tool_calls[${index}].function.arguments`, notices)
        : { input: call.custom.input };
    blocks.push({
      type: 'tool_use',
      id: claudeId,
      name: toToolName(name, `${path}.tool_calls[${index}].${call.type}.name`, notices),
      input,
    });
    return { askedId: call.id, name, claudeId };
  });
  if (message.function_call) {
    const { name } = message.function_call;
    const claudeId = ids.assign(`function_${name}`);
    const input = parseToolInput(message.function_call.arguments, `${path}.function_call.arguments`, notices);
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

/** One unmarked text block is sent as the string it is. */
function plainest(content: Anthropic.MessageParam['content']): Anthropic.MessageParam['content'] {
  const [only, ...others] = typeof content === 'string' ? [] : content;
  return only?.type === 'text' && others.length === 0 && !only.cache_control ? only.text : content;
}
