import { z } from 'zod';
import { openObject } from './open-object.ts';

/** How many prompt tokens a request would use, as Claude estimates it. Nothing is generated or billed. */
export const TokenCount = openObject({
  /** What this object is. */
  object: z.literal('chat.completion.input_tokens'),
  /** The model whose tokens were counted. */
  model: z.string(),
  /** The estimate. */
  input_tokens: z.int(),
}).meta({ id: 'TokenCount' });
export type TokenCount = z.infer<typeof TokenCount>;
