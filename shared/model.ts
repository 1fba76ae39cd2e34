import { z } from 'zod';

/** A model as OpenAI describes one, with Claude's limits beside it. `created` is in Unix seconds. */
export const Model = z
  .looseObject({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
    display_name: z.string().optional(),
    /** Tokens the context window holds. */
    context_window: z.int().optional(),
    /** Most tokens of one answer, reasoning included. */
    max_output_tokens: z.int().optional(),
    /** The day the model stops answering (RFC 3339 date), null when none is announced. */
    shutdown_date: z.string().nullable().optional(),
  })
  .meta({ id: 'Model' });
export type Model = z.infer<typeof Model>;

export const ModelList = z
  .looseObject({ object: z.literal('list'), data: z.array(Model) })
  .meta({ id: 'ListModelsResponse' });
export type ModelList = z.infer<typeof ModelList>;

export const ModelRequest = z.looseObject({ model: z.string().min(1) });
export type ModelRequest = z.infer<typeof ModelRequest>;
