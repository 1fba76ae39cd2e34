import { z } from 'zod';

const MAX_PAIRS = 16;

/** Up to 16 notes of the caller's: names of at most 64 characters, and texts of at most 512. */
export const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((notes) => Object.keys(notes).length <= MAX_PAIRS, `expected at most ${MAX_PAIRS} pairs`);
export type Metadata = z.infer<typeof Metadata>;
