import { z } from 'zod';
import { openObject } from './open-object.ts';

/** Claude may search the web; its sources come back as `annotations`. */
export const WebSearchOptions = openObject({
  /** How much of the found pages to read. */
  search_context_size: z.enum(['low', 'medium', 'high']).nullish(),
  /** The most searches that one answer makes. An extension. */
  max_uses: z.int().min(1).nullish(),
  /** Where the user is, so that what is found fits. */
  user_location: openObject({
    /** How exact the place is. */
    type: z.literal('approximate'),
    /** The place. */
    approximate: openObject({
      /** The city. */
      city: z.string().nullish(),
      /** The country, by its two letters (ISO 3166-1). */
      country: z.string().nullish(),
      /** The region or state. */
      region: z.string().nullish(),
      /** The time zone, e.g. `Europe/Vienna` (IANA). */
      timezone: z.string().nullish(),
    }),
  }).nullish(),
}).meta({ id: 'WebSearchOptions' });
