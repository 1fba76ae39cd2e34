import { z } from 'zod';

/** Anthropic's cache mark, taken on any content part, on messages, on tools and on calls. */
export const CacheControl = z
  .looseObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
  .meta({ id: 'CacheControl' });
export type CacheControl = z.infer<typeof CacheControl>;
