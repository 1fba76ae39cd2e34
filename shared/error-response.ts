import { z } from 'zod';
import { openObject } from './open-object.ts';

/**
 * OpenAI's error object.
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export const ErrorObject = openObject({
  /** What went wrong, in a sentence. */
  message: z.string(),
  /** The class of the error, e.g. `invalid_request_error` or `rate_limit_error`. */
  type: z.string(),
  /** The path of the field at fault, e.g. `messages[2].content[0].image_url.url`; null when no field is. */
  param: z.string().nullable(),
  /** What a program can tell the error by, e.g. `model_not_found`; null where the status says all. */
  code: z.string().nullable(),
}).meta({ id: 'Error' });
export type ErrorObject = z.infer<typeof ErrorObject>;

/** The body of every answer that is not a success, on every route and status. */
export const ErrorResponse = openObject({
  /** The error. */
  error: ErrorObject,
}).meta({ id: 'ErrorResponse' });
export type ErrorResponse = z.infer<typeof ErrorResponse>;
