import { z } from 'zod';
import { ExpiresAfter } from './file.ts';
import { Metadata } from './metadata.ts';
import { openObject } from './open-object.ts';

const id = z.string().min(1);
const seconds = z.number().int().optional();

/** The endpoints whose requests a batch may have. */
export const BatchEndpoint = z.enum(['/v1/chat/completions', '/v1/responses']);
export type BatchEndpoint = z.infer<typeof BatchEndpoint>;

/** A batch to make of the lines of a file. */
export const BatchCreateRequest = openObject({
  /** The id of a file with the purpose `batch`, each line of which is a request. */
  input_file_id: id,
  /** Where all of the requests would go. */
  endpoint: BatchEndpoint,
  /** The time within which the batch is done. */
  completion_window: z.literal('24h'),
  /** Up to 16 notes of the caller's. */
  metadata: Metadata.nullish(),
  /** After what time the files that the batch writes are deleted. */
  output_expires_after: ExpiresAfter.nullish(),
}).meta({ id: 'BatchCreateRequest' });
export type BatchCreateRequest = z.input<typeof BatchCreateRequest>;

/** Which batch. */
export const BatchRequest = openObject({
  /** The id of the batch. */
  id,
});
export type BatchRequest = z.infer<typeof BatchRequest>;

/** Which batches to list, the newest first. */
export const BatchListRequest = openObject({
  /** The id of the batch behind which the list begins. */
  after: z.string().nullish(),
  /** The most batches of the list. */
  limit: z.coerce.number<number>().int().min(1).max(100).default(20),
});
export type BatchListRequest = z.input<typeof BatchListRequest>;

const BatchError = openObject({
  /** What kind of fault it is. */
  code: z.string(),
  /** The line of the input file, counted from 1; null where the fault is in none of them. */
  line: z.number().int().nullable(),
  /** What is wrong, in words. */
  message: z.string(),
  /** The field at fault. */
  param: z.string().nullable(),
});
export type BatchError = z.infer<typeof BatchError>;

/**
 * Requests of a file that are answered within a day.
 * @see https://platform.openai.com/docs/api-reference/batch/object
 */
export const Batch = openObject({
  /** The id of the batch. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('batch'),
  /** Where all of the requests would go. */
  endpoint: BatchEndpoint,
  /** What is wrong with the lines of the file, where the batch failed. */
  errors: openObject({
    /** What this object is. */
    object: z.literal('list'),
    /** The faults. */
    data: z.array(BatchError),
  }).optional(),
  /** The id of the file of requests. */
  input_file_id: z.string(),
  /** The time within which the batch is done. */
  completion_window: z.literal('24h'),
  /** How far the batch is. */
  status: z.enum([
    'validating',
    'failed',
    'in_progress',
    'finalizing',
    'completed',
    'expired',
    'cancelling',
    'cancelled',
  ]),
  /** The id of the file with the answers, where there are any. */
  output_file_id: z.string().optional(),
  /** The id of the file with the requests that failed, where there are any. */
  error_file_id: z.string().optional(),
  /** Unix seconds. */
  created_at: z.number().int(),
  /** When Claude got the requests, in Unix seconds. */
  in_progress_at: seconds,
  /** When what is not answered expires, in Unix seconds. */
  expires_at: seconds,
  /** When writing the answers began, in Unix seconds. */
  finalizing_at: seconds,
  /** When the batch was completed, in Unix seconds. */
  completed_at: seconds,
  /** When the batch failed, in Unix seconds. */
  failed_at: seconds,
  /** When the batch expired, in Unix seconds. */
  expired_at: seconds,
  /** When its caller cancelled the batch, in Unix seconds. */
  cancelling_at: seconds,
  /** When the batch was cancelled, in Unix seconds. */
  cancelled_at: seconds,
  /** How many requests the batch has. */
  request_counts: openObject({
    /** All of them. */
    total: z.number().int(),
    /** Those with an answer. */
    completed: z.number().int(),
    /** Those without one: they failed, expired or were cancelled. */
    failed: z.number().int(),
  }),
  /** The tokens of all answers, once the batch is done. */
  usage: openObject({
    /** Tokens of the requests. */
    input_tokens: z.number().int(),
    /** What the input tokens are. */
    input_tokens_details: openObject({
      /** Tokens that came from Claude's cache. */
      cached_tokens: z.number().int(),
    }),
    /** Tokens of the answers. */
    output_tokens: z.number().int(),
    /** What the output tokens are. */
    output_tokens_details: openObject({
      /** Tokens of Claude's thinking. */
      reasoning_tokens: z.number().int(),
    }),
    /** Both together. */
    total_tokens: z.number().int(),
  }).optional(),
  /** The caller's notes. */
  metadata: Metadata.nullable(),
}).meta({ id: 'Batch' });
export type Batch = z.infer<typeof Batch>;

/** A part of the batches, the newest first. */
export const BatchList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The batches. */
  data: z.array(Batch),
  /** The id of the first batch; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last batch; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'BatchList' });
export type BatchList = z.infer<typeof BatchList>;
