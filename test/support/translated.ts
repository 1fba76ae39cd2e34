import { type AnswerPlan, PLAIN_ANSWER } from '../../server/claude/answer/answer-plan.ts';
import { ChunkTranslator } from '../../server/claude/answer/chunk-translator.ts';
import { toCompletion } from '../../server/claude/answer/to-completion.ts';
import type { ClaudeEvent, ClaudeMessage } from '../../server/claude/messages-api.ts';
import type { ClaudeRequest } from '../../server/claude/messages-api.ts';
import { Notices } from '../../server/claude/notices.ts';
import { type ClaudeMessages, toClaudeMessages } from '../../server/claude/request/to-claude-messages.ts';
import { toClaudeRequest } from '../../server/claude/request/to-claude-request.ts';
import { resolveModel } from '../../server/claude/resolve-model.ts';
import { type ClaudeSchema, toClaudeSchema } from '../../server/claude/schema/claude-schema.ts';
import { SchemaWork } from '../../server/claude/schema/schema-work.ts';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatMessage } from '../../shared/chat-message.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { Notice } from '../../shared/notice.ts';

// The doors to server/claude that the tests share, so that a changed signature is followed here alone.

/** What every translated answer of the tests is called. */
export const ENVELOPE = { id: 'chatcmpl-1', created: 1_790_000_000 } as const;

/** A whole answer of Claude's as a completion. */
export function completionOf(
  message: object,
  { notices = [], plan = PLAIN_ANSWER }: Pick<StreamOptions, 'notices' | 'plan'> = {},
): ChatCompletion {
  return toCompletion(message as ClaudeMessage, ENVELOPE, notices, plan);
}

export interface StreamOptions {
  /** @default true */
  includeUsage?: boolean;
  notices?: readonly Notice[];
  /** The model asked for. @default 'claude-opus-5-5' */
  model?: string;
  /** How the answer is to be turned back. @default as it is */
  plan?: AnswerPlan;
}

/** A stream of Claude's, from its first event to its end, as chunks. */
export function chunksOf(events: Iterable<object>, options: StreamOptions = {}): ChatCompletionChunk[] {
  const { includeUsage = true, notices = [], model = 'claude-opus-5-5', plan = PLAIN_ANSWER } = options;
  const translator = new ChunkTranslator({ ...ENVELOPE, model, includeUsage, plan });
  const chunks = [...events].flatMap((event) => translator.push(event as ClaudeEvent));
  return [...chunks, ...translator.finish(notices)];
}

export interface TranslatedRequest extends ClaudeRequest {
  body: ClaudeRequest['body'] & { temperature?: number; top_p?: number };
  notices: Notice[];
}

export interface RequestOptions {
  /** @default false */
  strict?: boolean;
  /** @default true */
  promptCaching?: boolean;
}

/** A request as Claude gets it, with what was noted on the way. Throws what the caller would see. */
export function claudeRequestOf(
  request: ChatCompletionRequest,
  { strict = false, promptCaching = true }: RequestOptions = {},
): TranslatedRequest {
  const notices = new Notices(strict);
  const model = resolveModel(request.model, {}, notices);
  const translated = toClaudeRequest(request, { model, notices, promptCaching, recall: () => undefined });
  return { ...translated.request, notices: notices.list() };
}

export interface TranslatedMessages extends ClaudeMessages {
  notices: Notice[];
}

/** Messages alone, as the model gets them. Throws what the caller would see. */
export function claudeMessagesOf(messages: readonly object[], model = 'claude-opus-5-5'): TranslatedMessages {
  const notices = new Notices(false);
  const { rules } = resolveModel(model, {}, notices);
  const options = { rules, notices, prefill: rules.prefill };
  return { ...toClaudeMessages(messages as ChatMessage[], options), notices: notices.list() };
}

/** A schema as the only one of a request. */
export function claudeSchemaOf(schema: unknown, root: 'object' | 'any'): ClaudeSchema {
  return toClaudeSchema(schema, { root }, new SchemaWork());
}
