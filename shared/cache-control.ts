import { z } from 'zod';
import { openObject } from './open-object.ts';

/** Claude's cache mark, taken on any content part, on messages, on tools and on calls. */
export const CacheControl = openObject({
  /** The only kind of cache there is. */
  type: z.literal('ephemeral'),
  /** How long the cache lives after its last use: five minutes, or one hour. */
  ttl: z.enum(['5m', '1h']).optional(),
}).meta({ id: 'CacheControl' });
export type CacheControl = z.infer<typeof CacheControl>;
