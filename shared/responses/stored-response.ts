import { z } from 'zod';
import { openObject } from '../open-object.ts';

/** Which response to retrieve, and how. */
export const ResponseRetrieveRequest = openObject({
  /** The id of the response. */
  id: z.string().min(1),
  /** What else the response has: `reasoning.encrypted_content`. */
  include: z.array(z.string()).nullish(),
});

export type ResponseRetrieveRequest = z.input<typeof ResponseRetrieveRequest>;

/** A streamed response to come back to: by its id, by an event's id, or by the name of its request. */
export const ResponseResumeRequest = openObject({
  /** The id of the response. */
  id: z.string().min(1).nullish(),
  /** The number of the last event that was seen. */
  starting_after: z.coerce.number<number>().int().min(-1).nullish(),
  /** The id of the last event that was seen. */
  lastEventId: z.string().min(1).nullish(),
  /** The name of its request. */
  idempotencyKey: z.string().min(1).max(255).nullish(),
}).refine(({ id, lastEventId, idempotencyKey }) => id || lastEventId || idempotencyKey, {
  path: ['id'],
  error: 'id, lastEventId or idempotencyKey is needed',
});
export type ResponseResumeRequest = z.input<typeof ResponseResumeRequest>;

/** Which part of the input of a response to list. */
export const ResponseItemsRequest = openObject({
  /** The id of the response. */
  id: z.string().min(1),
  /** The id of the item behind which the list begins. */
  after: z.string().nullish(),
  /** The most items of the list. */
  limit: z.coerce.number<number>().int().min(1).max(100).default(20),
  /** `desc` begins with the newest item. */
  order: z.enum(['asc', 'desc']).default('desc'),
  /** What else the items have; nothing is there. */
  include: z.array(z.string()).nullish(),
});
export type ResponseItemsRequest = z.input<typeof ResponseItemsRequest>;

/** A part of the input of a response. */
export const ResponseItemList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The items. */
  data: z.array(
    z.looseObject({
      /** The id of the item. */
      id: z.string(),
    }),
  ),
  /** The id of the first item; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last item; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'ResponseItemList' });
export type ResponseItemList = z.infer<typeof ResponseItemList>;

/** What comes of deleting a response. */
export const DeletedResponse = openObject({
  /** The id of the response. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('response'),
  /** Always true. */
  deleted: z.literal(true),
}).meta({ id: 'DeletedResponse' });
export type DeletedResponse = z.infer<typeof DeletedResponse>;
