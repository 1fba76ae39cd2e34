import { z } from 'zod';

/**
 * OpenAI's error object. `param` is a path such as `messages[2].content[0].image_url.url`.
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export const ErrorObject = z
  .looseObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  })
  .meta({ id: 'Error' });
export type ErrorObject = z.infer<typeof ErrorObject>;

/** The body of every answer that is not a success, on every route and status. */
export const ErrorResponse = z.looseObject({ error: ErrorObject }).meta({ id: 'ErrorResponse' });
export type ErrorResponse = z.infer<typeof ErrorResponse>;
