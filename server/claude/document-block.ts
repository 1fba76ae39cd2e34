import type Anthropic from '@anthropic-ai/sdk';
import type { FilePart } from '../../shared/chat-message.ts';
import { TrestleError } from '../../shared/error.ts';
import { parseBase64, parseDataUri } from './image-source.ts';
import type { Notices } from './notices.ts';

/** The longest title that Claude takes, in characters. */
const MAX_TITLE = 500;

/**
 * A file part as Claude's document block: a PDF, or text in UTF-8. `file_data` is base64 with or without
 * a data URI's prefix. Throws a 400 that names the field at fault.
 */
export function toDocumentBlock(file: FilePart['file'], path: string, notices: Notices): Anthropic.DocumentBlockParam {
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
  const { data, head } = parseDataUri(file.file_data, param) ?? parseBase64(file.file_data, param);
  const title = file.filename ? { title: toTitle(file.filename, `${path}.filename`, notices) } : {};
  if (head.toString('latin1').startsWith('%PDF')) {
    return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data }, ...title };
  }
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: toText(data, param) }, ...title };
}

function toTitle(filename: string, param: string, notices: Notices): string {
  if (filename.length <= MAX_TITLE) return filename;
  notices.add(param, 'clamped', `its first ${MAX_TITLE} characters were sent`);
  return filename.slice(0, MAX_TITLE);
}

function toText(base64: string, param: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
    if (text.trim() !== '' && !text.includes('\0')) return text;
  } catch {
    // Not UTF-8: answered below with the formats that Claude reads.
  }
  throw new TrestleError('invalid_value', 'Claude reads PDF files and text files in UTF-8', { param });
}
