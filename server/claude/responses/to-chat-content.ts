import type { UserPart } from '../../../shared/content-part.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { InputPart } from '../../../shared/responses/input-part.ts';

/** A part that Claude takes. */
type ChatPart = Exclude<UserPart, { type: 'input_audio' }>;

/** Parts of a message, or of a tool's result, as those of chat completions. Throws a 400 that names the part. */
export function toChatContent(content: string | readonly InputPart[], path: string): string | ChatPart[] {
  if (typeof content === 'string') return content;
  return content.map((part, index) => toChatPart(part, `${path}[${index}]`));
}

function toChatPart(part: InputPart, path: string): ChatPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: part.text, ...marksOf(part) };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'input_image':
      if (!part.image_url)
        throw unsupported(`${path}.file_id`, 'There are no uploaded files here; send the image itself in image_url');
      return {
        type: 'image_url',
        image_url: { url: part.image_url, ...(part.detail && part.detail !== 'original' && { detail: part.detail }) },
        ...marksOf(part),
      };
    case 'input_file': {
      if (part.file_url)
        throw unsupported(`${path}.file_url`, 'Files are not taken by URL; send the file itself in file_data');
      const { filename, file_data: data, file_id: id } = part;
      return { type: 'file', file: { filename, file_data: data, file_id: id }, ...marksOf(part) };
    }
    case 'input_audio':
      throw unsupported(path, 'Claude does not take audio');
  }
}

/** The text of parts that can hold nothing else, such as those of a system message. Throws a 400 that names the part. */
export function toTextParts(content: string | readonly InputPart[], path: string) {
  const parts = toChatContent(content, path);
  if (typeof parts === 'string') return parts;
  return parts.map((part, index) => {
    if (part.type === 'text') return part;
    throw unsupported(`${path}[${index}]`, 'Only text can stand in this message');
  });
}

function marksOf({ cache_control: mark, prompt_cache_breakpoint: breakpoint }: Marked): Marked {
  return { ...(mark && { cache_control: mark }), ...(breakpoint && { prompt_cache_breakpoint: breakpoint }) };
}

type Marked = Pick<Extract<UserPart, { type: 'text' }>, 'cache_control' | 'prompt_cache_breakpoint'>;

function unsupported(param: string, message: string): TrestleError {
  return new TrestleError('unsupported_parameter', message, { param });
}
