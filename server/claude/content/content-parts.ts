import type Anthropic from '@anthropic-ai/sdk';
import type { CacheControl } from '../../../shared/cache-control.ts';
import type { ImagePart, TextPart, UserPart } from '../../../shared/content-part.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { Notices } from '../notices.ts';
import { toCacheMark } from './cache-marks.ts';
import { toDocumentBlock } from './document-block.ts';
import { parseDataUri, toImageSource } from './image-source.ts';

type Block = Anthropic.TextBlockParam | Anthropic.ImageBlockParam | Anthropic.DocumentBlockParam;

/** White space alone says nothing, and Claude refuses a text block of it. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

/** Text, whole or in parts, as Claude's text blocks; blank ones are left out. */
export function toTextBlocks(content: string | readonly TextPart[]): Anthropic.TextBlockParam[] {
  if (typeof content === 'string') return isBlank(content) ? [] : [{ type: 'text', text: content }];
  return content.flatMap((part) => toTextBlock(part) ?? []);
}

/** The content of a user message or of a tool's result as Claude's blocks. Throws a 400 that names the part. */
export function toBlocks(content: string | readonly UserPart[], path: string, notices: Notices): Block[] {
  if (typeof content === 'string') return toTextBlocks(content);
  return content.flatMap((part, index) => toBlock(part, `${path}[${index}]`, notices) ?? []);
}

function toBlock(part: UserPart, path: string, notices: Notices): Block | undefined {
  switch (part.type) {
    case 'text':
      return toTextBlock(part);
    case 'image_url':
      return toImageBlock(part, path, notices);
    case 'file':
      return withCacheMark(toDocumentBlock(part.file, `${path}.file`, notices), part);
    case 'input_audio':
      throw new TrestleError('unsupported_parameter', 'Claude does not take audio', { param: path });
  }
}

function toTextBlock(part: TextPart): Anthropic.TextBlockParam | undefined {
  return isBlank(part.text) ? undefined : withCacheMark({ type: 'text', text: part.text }, part);
}

function toImageBlock(part: ImagePart, path: string, notices: Notices): Block {
  const { url, detail } = part.image_url;
  const param = `${path}.image_url.url`;
  if (detail === 'low' || detail === 'high') {
    notices.add(`${path}.image_url.detail`, 'ignored', 'Claude reads images at one level of detail');
  }
  if (/^data:application\/pdf[;,]/i.test(url)) {
    const { data } = parseDataUri(url, param)!;
    return withCacheMark(toDocumentBlock({ file_data: data, filename: 'document.pdf' }, param, notices), part);
  }
  return withCacheMark({ type: 'image', source: toImageSource(url, param) }, part);
}

function withCacheMark<T extends Block>(
  block: T,
  part: { cache_control?: CacheControl | null; prompt_cache_breakpoint?: unknown },
): T {
  if (part.cache_control) block.cache_control = toCacheMark(part.cache_control);
  else if (part.prompt_cache_breakpoint) block.cache_control = { type: 'ephemeral' };
  return block;
}
