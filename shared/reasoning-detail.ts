import { z } from 'zod';
import { openObject } from './open-object.ts';

/** Where a thinking block stood, and what it is bound to: it goes back to Claude in its place, or not at all. */
const thinkingPlace = {
  /** The place of this detail among those of the answer, from 0. */
  index: z.int().min(0).nullish(),
  /**
   * What stood between the detail before and this one: lengths of pieces of `content` in UTF-16 units, `call` for the
   * next of `tool_calls`, and blocks of Claude's own searches. Left out where nothing did.
   */
  after: z
    .array(
      z.union([
        z.int().min(1),
        z.literal('call'),
        z.looseObject({
          /** The kind of block. */
          type: z.string(),
        }),
      ]),
    )
    .nullish(),
  /** A digest of all that the answer said before this detail. */
  digest: z.string().nullish(),
  /** The model that thought it. */
  model: z.string().nullish(),
  /** A digest of the conversation before the answer. */
  prefix: z.string().nullish(),
  /** What the server told Claude right before the answer, in a system message of its own. */
  told: z.string().nullish(),
};

/** A thinking block that can be read. */
const ThinkingDetail = openObject({
  /** The kind of block. */
  type: z.literal('thinking'),
  /** What Claude thought; empty where only the signature is given. */
  thinking: z.string(),
  /** Claude's signature of it. */
  signature: z.string(),
  ...thinkingPlace,
}).meta({ id: 'ThinkingDetail' });

/** A thinking block that only Claude can read. */
const RedactedThinkingDetail = openObject({
  /** The kind of block. */
  type: z.literal('redacted_thinking'),
  /** What Claude thought, encrypted. */
  data: z.string(),
  ...thinkingPlace,
}).meta({ id: 'RedactedThinkingDetail' });

/** Claude's own thinking block, as it was answered; sent back unmodified or not at all. */
export const ReasoningDetail = z
  .discriminatedUnion('type', [ThinkingDetail, RedactedThinkingDetail])
  .meta({ id: 'ReasoningDetail' });
export type ReasoningDetail = z.infer<typeof ReasoningDetail>;
