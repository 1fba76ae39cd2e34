import { z } from 'zod';
import { openObject } from './open-object.ts';

/** Seconds of a bucket, and how many of them a page has, and may have at most. */
export const BUCKETS = {
  '1m': { seconds: 60, limit: 60, max: 1440 },
  '1h': { seconds: 3600, limit: 24, max: 168 },
  '1d': { seconds: 86_400, limit: 7, max: 31 },
} as const;

const seconds = z.coerce.number<number>().int().min(0).max(1e11);
const texts = z.array(z.string().min(1).max(200)).max(100);

const Range = {
  /** Unix seconds, from which on. */
  start_time: seconds,
  /** Unix seconds, before which. Until now when left out. */
  end_time: seconds.nullish(),
  /** Only what these projects spent. */
  project_ids: texts.nullish(),
  /** Only what these API keys spent. */
  api_key_ids: texts.nullish(),
  /** What the last page gave as `next_page`. */
  page: z.string().max(100).nullish(),
};

/** Which usage to sum up. */
export const UsageRequest = openObject({
  ...Range,
  /** How much time a bucket covers, in UTC. */
  bucket_width: z.enum(['1m', '1h', '1d']).default('1d'),
  /** What the results of a bucket are told apart by. */
  group_by: z.array(z.enum(['project_id', 'api_key_id', 'model'])).nullish(),
  /** The most buckets of the page. */
  limit: z.coerce.number<number>().int().min(1).max(1440).nullish(),
  /** Only what these models answered. */
  models: texts.nullish(),
});
export type UsageRequest = z.input<typeof UsageRequest>;

/** Which costs to sum up. */
export const CostsRequest = openObject({
  ...Range,
  /** How much time a bucket covers, in UTC. */
  bucket_width: z.literal('1d').default('1d'),
  /** What the results of a bucket are told apart by; a `line_item` is a model. */
  group_by: z.array(z.enum(['project_id', 'api_key_id', 'line_item'])).nullish(),
  /** The most buckets of the page. */
  limit: z.coerce.number<number>().int().min(1).max(180).default(7),
});
export type CostsRequest = z.input<typeof CostsRequest>;

/** The tokens of some calls. */
export const UsageResult = openObject({
  /** What this object is. */
  object: z.literal('organization.usage.completions.result'),
  /** Tokens of the prompts, those from and to the cache included. */
  input_tokens: z.int(),
  /** Of them, read from the cache. */
  input_cached_tokens: z.int(),
  /** Of them, written to the cache. */
  input_cache_write_tokens: z.int(),
  /** Tokens of the answers, reasoning included. */
  output_tokens: z.int(),
  /** Calls that Claude answered: each choice of `n` is one. */
  num_model_requests: z.int(),
  /** The project, where the results are told apart by it. */
  project_id: z.string().nullable(),
  /**
   * The key, where the results are told apart by it. The id of one of TRESTLE_API_KEYS is the SHA-256 of its text, in hex,
   * and the log has the first 8 digits of it.
   */
  api_key_id: z.string().nullable(),
  /** The model that answered, where the results are told apart by it. */
  model: z.string().nullable(),
}).meta({ id: 'UsageResult' });

/** What some calls cost. */
export const CostsResult = openObject({
  /** What this object is. */
  object: z.literal('organization.costs.result'),
  /** What they cost. */
  amount: openObject({
    /** How much; calls of models without a price are not in it. */
    value: z.number(),
    /** The currency. */
    currency: z.literal('usd'),
  }),
  /** Calls of models that have no price. An extension. */
  unpriced_requests: z.int(),
  /** The project, where the results are told apart by it. */
  project_id: z.string().nullable(),
  /** The key, where the results are told apart by it. */
  api_key_id: z.string().nullable(),
  /** The model, where the results are told apart by it. */
  line_item: z.string().nullable(),
}).meta({ id: 'CostsResult' });

/** Some time, and the tokens of the calls in it. */
export const UsageBucket = openObject({
  /** What this object is. */
  object: z.literal('bucket'),
  /** Unix seconds, from which on. */
  start_time: z.int(),
  /** Unix seconds, before which. */
  end_time: z.int(),
  /** None for a time in which nothing was spent. */
  results: z.array(UsageResult),
}).meta({ id: 'UsageBucket' });

/**
 * A page of usage.
 * @see https://platform.openai.com/docs/api-reference/usage/completions
 */
export const UsagePage = openObject({
  /** What this object is. */
  object: z.literal('page'),
  /** The buckets, the oldest first. */
  data: z.array(UsageBucket),
  /** Whether another page follows. */
  has_more: z.boolean(),
  /** Asks for it, as `page`. */
  next_page: z.string().nullable(),
}).meta({ id: 'UsagePage' });
export type UsagePage = z.infer<typeof UsagePage>;

/** Some time, and what the calls cost in it. */
export const CostsBucket = openObject({
  /** What this object is. */
  object: z.literal('bucket'),
  /** Unix seconds, from which on. */
  start_time: z.int(),
  /** Unix seconds, before which. */
  end_time: z.int(),
  /** None for a time in which nothing was spent. */
  results: z.array(CostsResult),
}).meta({ id: 'CostsBucket' });

/**
 * A page of costs.
 * @see https://platform.openai.com/docs/api-reference/usage/costs
 */
export const CostsPage = openObject({
  /** What this object is. */
  object: z.literal('page'),
  /** The buckets, the oldest first. */
  data: z.array(CostsBucket),
  /** Whether another page follows. */
  has_more: z.boolean(),
  /** Asks for it, as `page`. */
  next_page: z.string().nullable(),
}).meta({ id: 'CostsPage' });
export type CostsPage = z.infer<typeof CostsPage>;
