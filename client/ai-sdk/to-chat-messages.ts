import type { UIMessage } from 'ai';
import type { AssistantMessage, ChatMessage, ToolMessage } from '../../shared/chat-message.ts';
import type { ReasoningDetail } from '../../shared/reasoning-detail.ts';
import type { ToolCall } from '../../shared/tool.ts';
import { isToolPart, keptWith, type MessagePart, toolNameOf, type ToolPart } from './message-parts.ts';
import { toUserContent } from './to-user-content.ts';

/**
 * The chat's messages as a request has them. A tool call that has no output yet is left out, since Claude takes
 * none without its result; so is what only the page shows, such as sources and data parts.
 * Throws when a file can't be read.
 */
export async function toChatMessages(messages: readonly UIMessage[]): Promise<ChatMessage[]> {
  return (await Promise.all(messages.map(toMessages))).flat();
}

async function toMessages({ role, parts }: UIMessage): Promise<ChatMessage[]> {
  if (role === 'assistant') return stepsOf(parts).flatMap(toAnswer);
  if (role === 'system') return [{ role, content: textOf(parts) }];
  const content = await toUserContent(parts);
  return content.length > 0 ? [{ role, content }] : [];
}

/** Each step of a message was an answer of Claude's, followed by the results of its calls. */
function stepsOf(parts: readonly MessagePart[]): MessagePart[][] {
  const steps: MessagePart[][] = [[]];
  for (const part of parts) {
    if (part.type === 'step-start') steps.push([]);
    else steps.at(-1)!.push(part);
  }
  return steps;
}

function toAnswer(parts: MessagePart[]): ChatMessage[] {
  const isRefusal = (part: MessagePart): boolean => part.type === 'text' && !!keptWith(part.providerMetadata).refusal;
  const content = textOf(parts.filter((part) => !isRefusal(part)));
  const refusal = textOf(parts.filter(isRefusal));
  const calls = parts.filter(isToolPart).filter(isAnswered);
  if (content === '' && refusal === '' && calls.length === 0) return [];
  const details = detailsOf(parts);
  const answer: AssistantMessage = {
    role: 'assistant',
    content: content === '' ? null : content,
    ...(refusal !== '' && { refusal }),
    ...(calls.length > 0 && { tool_calls: calls.map(toCall) }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
  return [answer, ...calls.map(toResult)];
}

function textOf(parts: readonly MessagePart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Claude's signed thinking; each block tells the server where it stood. Claude takes all of it or none. */
function detailsOf(parts: readonly MessagePart[]): ReasoningDetail[] {
  const details = parts.flatMap((part) =>
    part.type === 'reasoning' ? [keptWith(part.providerMetadata).reasoningDetails ?? []] : [],
  );
  // Thinking that was cut short has no signature, and a call that is left out changes what Claude thought behind it.
  const whole = details.every((kept) => kept.length > 0) && parts.filter(isToolPart).every(isAnswered);
  return whole ? (details.flat() as ReasoningDetail[]) : [];
}

function isAnswered({ state }: ToolPart): boolean {
  return state === 'output-available' || state === 'output-error' || state === 'output-denied';
}

function toCall(part: ToolPart): ToolCall {
  const { toolCallId: id } = part;
  const name = toolNameOf(part);
  const raw = 'rawInput' in part ? part.rawInput : undefined;
  const input: unknown = part.input ?? raw ?? {};
  if (keptWith(part.callProviderMetadata).custom) {
    return { id, type: 'custom', custom: { name, input: asText(input) } };
  }
  // A call that was cut short goes back as the text that came.
  const isText = part.input === undefined && typeof raw === 'string';
  return { id, type: 'function', function: { name, arguments: isText ? raw : JSON.stringify(input) } };
}

function toResult(part: ToolPart): ToolMessage {
  return { role: 'tool', tool_call_id: part.toolCallId, content: resultOf(part) };
}

function resultOf(part: ToolPart): string {
  switch (part.state) {
    case 'output-error':
      return part.errorText;
    case 'output-denied':
      return part.approval.reason ?? 'The call was denied.';
    default:
      return asText(part.output);
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
