import type Anthropic from '@anthropic-ai/sdk';
import type { StreamEvent } from './claude-events.ts';
import type { FakeModel } from './claude-models.ts';
import { isRecord } from './claude-shape.ts';
import { blocksOf } from './rules-blocks-walk.ts';
import type { ClaudeBlock } from './rules-blocks.ts';
import type { ClaudeBody } from './rules-body.ts';
import { instanceOf } from './schema-instance.ts';
import { isThinking, signThinking } from './thinking-signature.ts';

/** A message with whatever the test cares about; the fake fills in the rest and signs unsigned thinking. */
export type ScriptedMessage = Partial<Omit<Anthropic.Message, 'content' | 'usage'>> & {
  content?: readonly object[];
  usage?: Partial<Anthropic.Usage>;
};

/** An event, or a gate: awaited in its place; what it returns, if anything, is sent. */
export type ScriptedEvent = StreamEvent | object | (() => Promise<object | void> | object | void);

/** How the fake answers one message request that it has not refused. */
export type Answer = { headers?: Record<string, string> } & (
  | { message: ScriptedMessage; pieceSize?: number }
  | {
      /** Streamed as they are, whatever the request's `stream` says. */
      events: Iterable<ScriptedEvent> | AsyncIterable<ScriptedEvent>;
      /** Milliseconds before each event. */
      delayMs?: number;
      cut?: Cut;
    }
  | { sse: string | Buffer | readonly (string | Buffer)[]; cut?: Cut }
  | { status: number; body?: unknown }
  | { hang: true }
  | { reset: true }
);

/** How a stream ends: a clean end of the body (default), or a connection reset. */
export type Cut = 'end' | 'reset';

let messageCount = 0;

/** What the fake says when no test has scripted anything: a greeting, a forced call or a fitting JSON value. */
export function defaultMessage(body: ClaudeBody, model: FakeModel): ScriptedMessage {
  const forced = forcedCall(body);
  const thinking = forced === undefined && thinksOn(body, model) ? [thinkingBlock(body, model)] : [];
  return {
    content: [...thinking, forced ?? { type: 'text', text: answerText(body), citations: null }],
  };
}

function answerText(body: ClaudeBody): string {
  const format = body.output_config?.format;
  return format ? JSON.stringify(instanceOf(format.schema)) : 'Hello! How can I help you today?';
}

function forcedCall(body: ClaudeBody): object | undefined {
  const choice = body.tool_choice;
  if (choice?.type !== 'any' && choice?.type !== 'tool') return undefined;
  const tool = body.tools?.find((one) => one.input_schema !== undefined && (choice.name ?? one.name) === one.name);
  if (tool === undefined) return undefined;
  const id = `toolu_${String((messageCount += 1)).padStart(24, '0')}`;
  const fitting = instanceOf(tool.input_schema);
  // Claude's calls have objects for input, also where no object fits the schema.
  const input = isRecord(fitting) ? fitting : {};
  return { type: 'tool_use', id, name: tool.name, input, caller: { type: 'direct' } };
}

function thinksOn(body: ClaudeBody, model: FakeModel): boolean {
  switch (body.thinking?.type) {
    case undefined:
      return model.thinkingWhenOmitted === 'on';
    case 'disabled':
      return false;
    case 'between_tools': {
      const last = body.messages.at(-1);
      return last !== undefined && blocksOf(last).some((block) => block.type === 'tool_result');
    }
    default:
      return true;
  }
}

function thinkingBlock(body: ClaudeBody, model: FakeModel): object {
  const display = body.thinking?.display ?? model.thinkingDisplay;
  return {
    type: 'thinking',
    thinking: display === 'summarized' ? 'The user says hello.' : '',
    signature: '',
  };
}

/** Completes a scripted message as the answer to `body`. */
export function completeMessage(scripted: ScriptedMessage, body: ClaudeBody, model: FakeModel): Anthropic.Message {
  const content = signed((scripted.content ?? []) as ClaudeBlock[], body, model);
  const calls = content.some((block) => block.type === 'tool_use');
  const whole = {
    id: `msg_${String((messageCount += 1)).padStart(24, '0')}`,
    type: 'message',
    role: 'assistant',
    model: model.id,
    stop_reason: calls ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    ...scripted,
    content,
    usage: { ...usageOf(content, body), ...scripted.usage },
  };
  // Tests script unfinished and future shapes on purpose, so the content is not checked against the SDK's union.
  return whole as unknown as Anthropic.Message;
}

function signed(content: ClaudeBlock[], body: ClaudeBody, model: FakeModel): ClaudeBlock[] {
  const count = content.filter(isThinking).length;
  let index = -1;
  return content.map((block, position) => {
    if (!isThinking(block)) return block;
    index += 1;
    // An empty text can't come back.
    const before = content.slice(0, position).filter((one) => one.type !== 'text' || Boolean(one.text));
    const signature = signThinking(model.id, body, {
      index,
      count,
      thinking: block.thinking ?? '',
      before: before.map(({ type }) => type),
    });
    if (block.type === 'redacted_thinking') return { ...block, data: block.data || signature };
    return { ...block, thinking: block.thinking ?? '', signature: block.signature || signature };
  });
}

function usageOf(content: ClaudeBlock[], body: ClaudeBody): Anthropic.Usage {
  const thinkingTokens = content.filter(isThinking).length * 31;
  return {
    input_tokens: inputTokensOf(body),
    output_tokens: thinkingTokens + tokensIn(content.filter((block) => !isThinking(block))),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens_details: thinkingTokens > 0 ? { thinking_tokens: thinkingTokens } : null,
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
    inference_geo: 'not_available',
  };
}

/** A plausible count, in tokens: about four characters each. */
export function inputTokensOf(body: ClaudeBody): number {
  return tokensIn([body.system ?? '', body.tools ?? [], body.messages]);
}

function tokensIn(value: unknown): number {
  return Math.max(1, Math.ceil(JSON.stringify(value).length / 4));
}
