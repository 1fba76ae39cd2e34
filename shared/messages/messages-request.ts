import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { ModelId } from '../model-id.ts';

const OpenRequest = z.looseObject({
  /** A Claude model, an alias of TRESTLE_MODEL_ALIASES, or a retired Claude id. */
  model: ModelId,
  /** Names of beta features, as the header `anthropic-beta` has them. */
  betas: z.array(z.string()).optional(),
});

/**
 * A request of Claude's own API, by the SDK's types. Nothing of it is checked here but its model: Claude does that itself.
 * @see https://docs.claude.com/en/api/messages
 */
export type MessagesCreateRequest = Omit<Anthropic.MessageCreateParams, 'model' | 'stream'> & {
  /** A Claude model, an alias of TRESTLE_MODEL_ALIASES, or a retired Claude id. */
  model: ModelId;
  /** Names of beta features, as the header `anthropic-beta` has them. */
  betas?: string[];
};
export const MessagesCreateRequest = OpenRequest as unknown as z.ZodType<MessagesCreateRequest, MessagesCreateRequest>;

/** The input of `messages.stream`: the request, and how its caller comes back to it. */
export type MessagesStreamRequest = MessagesCreateRequest & {
  /** The id of the last event that was seen, when the request is sent again. */
  lastEventId?: string | null;
  /** The caller's name for the request. */
  idempotencyKey?: string | null;
};
export const MessagesStreamRequest = OpenRequest.extend({
  lastEventId: z.string().nullish(),
  idempotencyKey: z.string().min(1).max(255).nullish(),
}) as unknown as z.ZodType<MessagesStreamRequest, MessagesStreamRequest>;

/** The input of `messages.countTokens`. */
export type MessagesCountRequest = Omit<Anthropic.MessageCountTokensParams, 'model'> & {
  /** A Claude model, an alias of TRESTLE_MODEL_ALIASES, or a retired Claude id. */
  model: ModelId;
  /** Names of beta features, as the header `anthropic-beta` has them. */
  betas?: string[];
};
export const MessagesCountRequest = OpenRequest as unknown as z.ZodType<MessagesCountRequest, MessagesCountRequest>;
