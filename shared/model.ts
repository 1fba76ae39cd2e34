import { z } from 'zod';
import { openObject } from './open-object.ts';

/** A model as OpenAI describes one, with Claude's limits beside it. */
export const Model = openObject({
  /** The name that requests use. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('model'),
  /** When the model was released, in Unix seconds. */
  created: z.int(),
  /** Who made the model. */
  owned_by: z.string(),
  /** The model's name for people. */
  display_name: z.string().optional(),
  /** How many tokens a request and its answer may have together. */
  context_window: z.int().optional(),
  /** The most tokens of one answer, reasoning included. */
  max_output_tokens: z.int().optional(),
  /** The day on which the model stops answering (RFC 3339 date); null when none is announced. */
  shutdown_date: z.string().nullable().optional(),
}).meta({ id: 'Model' });
export type Model = z.infer<typeof Model>;

/** The models that requests may name, aliases among them. */
export const ModelList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The models, the newest first. */
  data: z.array(Model),
}).meta({ id: 'ListModelsResponse' });
export type ModelList = z.infer<typeof ModelList>;

export const ModelRequest = openObject({
  /** An id, an alias or a retired id. */
  model: z.string().min(1),
});
export type ModelRequest = z.infer<typeof ModelRequest>;
