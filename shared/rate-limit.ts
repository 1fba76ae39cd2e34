import { z } from 'zod';
import { openObject } from './open-object.ts';
import { ProjectRequest } from './project.ts';

const most = z.coerce.number<number>().int().min(1).max(1e12);

/** How much at most, of each kind; null, or left out, for as much as anybody wants. */
const limits = {
  /** Requests a minute. */
  max_requests_per_1_minute: most.nullish(),
  /** Tokens a minute, of prompts and answers together. */
  max_tokens_per_1_minute: most.nullish(),
  /** Tokens of prompts a minute, those from and to the cache included. An extension. */
  max_input_tokens_per_1_minute: most.nullish(),
  /** Tokens of answers a minute, reasoning included. An extension. */
  max_output_tokens_per_1_minute: most.nullish(),
  /** Requests at a time, in each process. An extension. */
  max_parallel_requests: most.nullish(),
};

/** How much at most. */
export const Limits = openObject(limits).meta({ id: 'Limits' });
export type Limits = z.infer<typeof Limits>;

/** Which limits of a project. */
const rate_limit_id = z
  .string()
  .regex(/^rl-.{1,200}$/, "expected 'rl-' and the name of a model, or 'rl-all' for all models together");

/** Limits of a project to set, or with nulls to take away. */
export const RateLimitUpdateRequest = ProjectRequest.extend({
  /** `rl-` and the name of a model, or `rl-all` for all models together. */
  rate_limit_id,
  ...limits,
});
export type RateLimitUpdateRequest = z.input<typeof RateLimitUpdateRequest>;

/**
 * Limits of a project, for one model or for all of them together.
 * @see https://platform.openai.com/docs/api-reference/project-rate-limits/object
 */
export const RateLimit = openObject({
  /** What this object is. */
  object: z.literal('project.rate_limit'),
  /** `rl-` and the name of the model, or `rl-all`. */
  id: z.string(),
  /** The model; `all` for all models together. */
  model: z.string(),
  ...limits,
}).meta({ id: 'RateLimit' });
export type RateLimit = z.infer<typeof RateLimit>;

/** The limits of a project that are set. */
export const RateLimitList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** Limits, each for a model, or for all of them together. */
  data: z.array(RateLimit),
  /** The id of the first ones; null where there are none. */
  first_id: z.string().nullable(),
  /** The id of the last ones; null where there are none. */
  last_id: z.string().nullable(),
  /** Always false: all of them are here. */
  has_more: z.boolean(),
}).meta({ id: 'RateLimitList' });
export type RateLimitList = z.infer<typeof RateLimitList>;
