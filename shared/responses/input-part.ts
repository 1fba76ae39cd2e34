import { z } from 'zod';
import { CacheControl } from '../cache-control.ts';
import { openObject } from '../open-object.ts';

const cacheMarks = {
  /** Ends a prefix that Claude is to cache, behind this part. */
  cache_control: CacheControl.nullish(),
  /** OpenAI's mark of the same: the prefix up to this part is cached. */
  prompt_cache_breakpoint: openObject({
    /** The only mode there is. */
    mode: z.literal('explicit'),
  }).nullish(),
};

/** Text for the model. */
export const InputTextPart = openObject({
  /** The kind of part. */
  type: z.literal('input_text'),
  /** The text. */
  text: z.string(),
  ...cacheMarks,
}).meta({ id: 'ResponseInputText' });

/** Text that the model said. */
export const OutputTextPart = openObject({
  /** The kind of part. */
  type: z.literal('output_text'),
  /** The text. */
  text: z.string(),
  /** Sources of the text, as the answer had them; not read. */
  annotations: z.array(z.looseObject({})).nullish(),
  /** As the answer had them; not read. */
  logprobs: z.array(z.looseObject({})).nullish(),
  /** What OpenAI's SDKs make of the text; not read. */
  parsed: z.unknown().optional(),
  ...cacheMarks,
}).meta({ id: 'ResponseOutputTextEcho' });

/** Text without a kind, which some clients send. */
export const PlainTextPart = openObject({
  /** The kind of part. */
  type: z.literal('text'),
  /** The text. */
  text: z.string(),
  ...cacheMarks,
}).meta({ id: 'ResponsePlainText' });

/** An image. */
export const InputImagePart = openObject({
  /** The kind of part. */
  type: z.literal('input_image'),
  /** An `https:` URL, which Claude fetches, or the image itself as a `data:` URL in base64. */
  image_url: z.string().nullish(),
  /** The id of an uploaded image. There are no uploads here, so it is refused. */
  file_id: z.string().nullish(),
  /** How closely to look. Claude decides that by itself. */
  detail: z.enum(['low', 'high', 'auto', 'original']).nullish(),
  ...cacheMarks,
}).meta({ id: 'ResponseInputImage' });

/** A PDF or text file. */
export const InputFilePart = openObject({
  /** The kind of part. */
  type: z.literal('input_file'),
  /** Its name, which Claude sees as the document's title. */
  filename: z.string().nullish(),
  /** Its content as a `data:` URL in base64. */
  file_data: z.string().nullish(),
  /** Where the file is. Claude takes no files by URL here, so it is refused. */
  file_url: z.string().nullish(),
  /** The id of an uploaded file. There are no uploads here, so it is refused. */
  file_id: z.string().nullish(),
  /** How closely to look; not read. */
  detail: z.string().nullish(),
  ...cacheMarks,
}).meta({ id: 'ResponseInputFile' });

/** Sound, which Claude can't hear: it is refused. */
export const InputAudioPart = openObject({
  /** The kind of part. */
  type: z.literal('input_audio'),
  /** The sound. */
  input_audio: z.looseObject({}).nullish(),
}).meta({ id: 'ResponseInputAudio' });

/** What the model said when it refused to answer. */
export const RefusalEchoPart = openObject({
  /** The kind of part. */
  type: z.literal('refusal'),
  /** The text of the refusal. */
  refusal: z.string(),
}).meta({ id: 'ResponseRefusalEcho' });

/** A part of a message. */
export const InputPart = z
  .discriminatedUnion('type', [
    InputTextPart,
    OutputTextPart,
    PlainTextPart,
    InputImagePart,
    InputFilePart,
    InputAudioPart,
    RefusalEchoPart,
  ])
  .meta({ id: 'ResponseInputPart' });
export type InputPart = z.infer<typeof InputPart>;

/** What a tool gave back: text, or parts, which may be images and files. */
export const ToolOutput = z.union([z.string(), z.array(InputPart)]);
export type ToolOutput = z.infer<typeof ToolOutput>;
