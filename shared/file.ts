import { z } from 'zod';
import { openObject } from './open-object.ts';

const id = z.string().min(1);

/** After what time a file is deleted. */
export const ExpiresAfter = openObject({
  /** What the time is counted from. */
  anchor: z.literal('created_at'),
  /** Seconds, at least an hour and at most 30 days. */
  seconds: z.coerce.number<number>().int().min(3600).max(2_592_000),
}).meta({ id: 'ExpiresAfter' });
export type ExpiresAfter = z.infer<typeof ExpiresAfter>;

/** The fields of an upload beside the file itself. */
export const FileUploadFields = openObject({
  /** What the file is for: `batch` for the lines of a batch, `user_data` for anything that is to be kept. */
  purpose: z.enum(['batch', 'user_data']),
  /** After what time the file is deleted; at the latest when the server deletes what it stores. */
  expires_after: ExpiresAfter.nullish(),
});
export type FileUploadFields = z.infer<typeof FileUploadFields>;

/** A file to keep, for callers of typed procedures. Over REST it is uploaded as `multipart/form-data`. */
export const FileCreateRequest = FileUploadFields.extend({
  /** The name of the file. */
  filename: z.string().min(1).max(1000),
  /** What is in the file. */
  content: z.string(),
  /** How the content is written: as a text, or as bytes in base64. */
  encoding: z.enum(['utf8', 'base64']).default('utf8'),
});
export type FileCreateRequest = z.input<typeof FileCreateRequest>;

/** Which file. */
export const FileRequest = openObject({
  /** The id of the file. */
  id,
});
export type FileRequest = z.infer<typeof FileRequest>;

/** Which files to list. */
export const FileListRequest = openObject({
  /** The id of the file behind which the list begins. */
  after: z.string().nullish(),
  /** The most files of the list. */
  limit: z.coerce.number<number>().int().min(1).max(10_000).default(10_000),
  /** `desc` begins with the newest. */
  order: z.enum(['asc', 'desc']).default('desc'),
  /** What the files are for. */
  purpose: z.string().nullish(),
});
export type FileListRequest = z.input<typeof FileListRequest>;

/**
 * A file that is kept.
 * @see https://platform.openai.com/docs/api-reference/files/object
 */
export const FileObject = openObject({
  /** The id of the file. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('file'),
  /** The size of the file in bytes. */
  bytes: z.number().int(),
  /** Unix seconds. */
  created_at: z.number().int(),
  /** Unix seconds, from which on the file is gone. */
  expires_at: z.number().int(),
  /** The name of the file. */
  filename: z.string(),
  /** What the file is for; `batch_output` is what a batch has written. */
  purpose: z.enum(['batch', 'batch_output', 'user_data']),
  /** Always `processed`: a file is there as soon as it is uploaded. */
  status: z.literal('processed'),
}).meta({ id: 'File' });
export type FileObject = z.infer<typeof FileObject>;

/** A part of the files that are kept. */
export const FileList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The files. */
  data: z.array(FileObject),
  /** The id of the first file; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last file; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'FileList' });
export type FileList = z.infer<typeof FileList>;

/** What is in a file, for callers of typed procedures. */
export interface FileContent {
  /** What is in the file. */
  content: string;
  /** How the content is written: `base64` where it is no text. */
  encoding: 'utf8' | 'base64';
}

/** What comes of deleting a file. */
export const DeletedFile = openObject({
  /** The id of the file. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('file'),
  /** Always true. */
  deleted: z.literal(true),
}).meta({ id: 'DeletedFile' });
export type DeletedFile = z.infer<typeof DeletedFile>;
