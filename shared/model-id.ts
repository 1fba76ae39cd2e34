import { z } from 'zod';

/** Ids that editors offer. Any other text is taken too: an alias, a retired id, a model that is newer than this list. */
export const KNOWN_MODELS = [
  'claude-fable-5-2',
  'claude-mythos-5-2',
  'claude-fable-5-1',
  'claude-mythos-5-1',
  'claude-fable-5',
  'claude-mythos-5',
  'claude-mythos-preview',
  'claude-opus-5-5',
  'claude-opus-5',
  'claude-opus-4-8',
  'claude-opus-4-7',
  'claude-opus-4-6',
  'claude-opus-4-5',
  'claude-sonnet-5-5',
  'claude-sonnet-5',
  'claude-sonnet-4-6',
  'claude-sonnet-4-5',
  'claude-haiku-5-5',
  'claude-haiku-4-5',
] as const;

/** A Claude model that is known by name, or any other text. */
export type ModelId = (typeof KNOWN_MODELS)[number] | (string & Record<never, never>);

export const ModelId: z.ZodType<ModelId, ModelId> = z.string().min(1).max(256);
