import { z } from 'zod';
import { openObject } from './open-object.ts';
import { JsonSchema } from './tool.ts';

/** Text, as without a format. */
const TextResponse = openObject({
  /** The kind of format. */
  type: z.literal('text'),
}).meta({ id: 'ResponseFormatText' });

/** Any JSON object. Claude is told to answer so. */
const JsonObjectResponse = openObject({
  /** The kind of format. */
  type: z.literal('json_object'),
}).meta({ id: 'ResponseFormatJsonObject' });

/** JSON that fits a schema. */
const JsonSchemaResponse = openObject({
  /** The kind of format. */
  type: z.literal('json_schema'),
  /** The format. */
  json_schema: openObject({
    /** A name for the format. */
    name: z.string(),
    /** What the format is for. */
    description: z.string().nullish(),
    /** What the answer looks like. */
    schema: JsonSchema.nullish(),
    /** Make sure that the answer fits the schema. */
    strict: z.boolean().nullish(),
  }),
}).meta({ id: 'ResponseFormatJsonSchema' });

/** What an answer looks like. */
export const ResponseFormat = z
  .discriminatedUnion('type', [TextResponse, JsonObjectResponse, JsonSchemaResponse])
  .meta({ id: 'ResponseFormat' });
export type ResponseFormat = z.infer<typeof ResponseFormat>;
