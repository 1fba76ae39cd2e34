import type Anthropic from '@anthropic-ai/sdk';
import type { FilePart } from '../../../shared/content-part.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { Notices } from '../notices.ts';
import { parseBase64, parseDataUri } from './image-source.ts';

/** The longest title that Claude takes, in characters. */
const MAX_TITLE = 500;

/**
 * A file part as Claude's document block: a PDF, or text in UTF-8. `file_data` is base64 with or without
 * a data URI's prefix. Claude refuses a document without text: for an empty file its name stands in the text.
 * Throws a 400 that names the field at fault.
 */
export function toDocumentBlock(
  file: FilePart['file'],
  path: string,
  notices: Notices,
): Anthropic.DocumentBlockParam | Anthropic.TextBlockParam {
  if (file.file_data === null || file.file_data === undefined) {
    if (file.file_id) {
      throw new TrestleError(
        'unsupported_parameter',
        'Uploaded files are not supported; send the file itself in file_data',
        {
          param: `${path}.file_id`,
        },
      );
    }
    throw new TrestleError('missing_required_parameter', 'A file part needs file_data', { param: `${path}.file_data` });
  }
  if (file.file_id) notices.add(`${path}.file_id`, 'ignored', 'file_data was sent in its place');

  const param = path.endsWith('.file') ? `${path}.file_data` : path;
  if (isEmpty(file.file_data)) return toMark(file.filename, param, notices);
  const { data, head } = parseDataUri(file.file_data, param) ?? parseBase64(file.file_data, param);
  const title = file.filename ? { title: toTitle(file.filename, `${path}.filename`, notices) } : {};
  if (head.toString('latin1').startsWith('%PDF')) {
    return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data }, ...title };
  }
  const text = toText(data, param);
  if (text.trim() === '') return toMark(file.filename, param, notices);
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
}

/** No data at all, or a data URI without any. */
function isEmpty(data: string): boolean {
  return /^(?:data:[^,]{0,200},)?\s*$/i.test(data.slice(0, MAX_TITLE)) && data.trim().length <= MAX_TITLE;
}

function toMark(filename: string | null | undefined, param: string, notices: Notices): Anthropic.TextBlockParam {
  notices.add(param, 'emulated', 'Claude takes no empty document; it was told that the file is empty');
  const name = filename ? ` '${filename.slice(0, MAX_TITLE)}'` : '';
  return { type: 'text', text: `(The file${name} is empty.)` };
}

function toTitle(filename: string, param: string, notices: Notices): string {
  if (filename.length <= MAX_TITLE) return filename;
  notices.add(param, 'clamped', `its first ${MAX_TITLE} characters were sent`);
  return filename.slice(0, MAX_TITLE);
}

function toText(base64: string, param: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
    if (!text.includes('\0')) return text;
  } catch {
    // Not UTF-8: answered below with the formats that Claude reads.
  }
  throw new TrestleError('invalid_value', 'Claude reads PDF files and text files in UTF-8', { param });
}
