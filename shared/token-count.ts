import { z } from 'zod';

/** How many prompt tokens a request would use, as Claude estimates it; nothing is generated or billed. */
export const TokenCount = z
  .looseObject({
    object: z.literal('chat.completion.input_tokens'),
    model: z.string(),
    input_tokens: z.int(),
  })
  .meta({ id: 'TokenCount' });
export type TokenCount = z.infer<typeof TokenCount>;
