import { z } from 'zod';
import { CacheControl } from './cache-control.ts';
import { openObject } from './open-object.ts';

const cacheMarks = {
  /** Ends a prefix that Claude is to cache, behind this part. */
  cache_control: CacheControl.nullish(),
  /** OpenAI's mark of the same: the prefix up to this part is cached. */
  prompt_cache_breakpoint: openObject({
    /** The only mode there is. */
    mode: z.literal('explicit'),
  }).nullish(),
};

/** Text. */
export const TextPart = openObject({
  /** The kind of part. */
  type: z.literal('text'),
  /** The text. */
  text: z.string(),
  ...cacheMarks,
}).meta({ id: 'TextPart' });
export type TextPart = z.infer<typeof TextPart>;

/** An image. */
export const ImagePart = openObject({
  /** The kind of part. */
  type: z.literal('image_url'),
  /** Where the image is. */
  image_url: openObject({
    /** An `https:` URL, which Claude fetches, or the image itself as a `data:` URL in base64: JPEG, PNG, GIF or WebP. */
    url: z.string(),
    /** How closely to look. Claude decides that by itself, so other values than `auto` make a notice. */
    detail: z.enum(['auto', 'low', 'high']).nullish(),
  }),
  ...cacheMarks,
}).meta({ id: 'ImagePart' });
export type ImagePart = z.infer<typeof ImagePart>;

/** Sound, which Claude can't hear: it is refused. */
export const AudioPart = openObject({
  /** The kind of part. */
  type: z.literal('input_audio'),
  /** The sound. */
  input_audio: openObject({
    /** The sound in base64. */
    data: z.string(),
    /** How it is encoded. */
    format: z.enum(['wav', 'mp3']),
  }),
}).meta({ id: 'AudioPart' });
export type AudioPart = z.infer<typeof AudioPart>;

/** A PDF or text file. */
export const FilePart = openObject({
  /** The kind of part. */
  type: z.literal('file'),
  /** The file. */
  file: openObject({
    /** Its name, which Claude sees as the document's title. */
    filename: z.string().nullish(),
    /** Its content as a `data:` URL in base64. */
    file_data: z.string().nullish(),
    /** The id of an uploaded file. There are no uploads here, so it is refused. */
    file_id: z.string().nullish(),
  }),
  ...cacheMarks,
}).meta({ id: 'FilePart' });
export type FilePart = z.infer<typeof FilePart>;

/** What the model said when it refused to answer. */
export const RefusalPart = openObject({
  /** The kind of part. */
  type: z.literal('refusal'),
  /** The text of the refusal. */
  refusal: z.string(),
}).meta({ id: 'RefusalPart' });
export type RefusalPart = z.infer<typeof RefusalPart>;

/** A part of what a user says. */
export const UserPart = z
  .discriminatedUnion('type', [TextPart, ImagePart, AudioPart, FilePart])
  .meta({ id: 'UserPart' });
export type UserPart = z.infer<typeof UserPart>;

/** A part of what the model said. */
export const AssistantPart = z.discriminatedUnion('type', [TextPart, RefusalPart]).meta({ id: 'AssistantPart' });

/** A part of a tool's result. OpenAI takes text alone; images and files are an extension that Claude can read. */
export const ToolPart = z.discriminatedUnion('type', [TextPart, ImagePart, FilePart]).meta({ id: 'ToolPart' });
