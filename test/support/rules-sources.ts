import type { FakeModel } from './claude-models.ts';
import { refuse, refuseUnknown } from './claude-refusal.ts';
import { placedBlocks } from './rules-blocks-walk.ts';
import type { ClaudeSource } from './rules-blocks.ts';
import type { ClaudeBody } from './rules-body.ts';

const MAX_IMAGE_LENGTH = 10 * 1024 * 1024;

/** Images and documents: what their bytes are, where they may point, how many there may be (section 3.3). */
export function checkSources(body: ClaudeBody, model: FakeModel): void {
  let images = 0;
  for (const { block, path } of placedBlocks(body)) {
    if (block.source === undefined || (block.type !== 'image' && block.type !== 'document')) continue;
    const where = `${path}.${block.type}.source`;
    checkReference(block.source, where);
    if (block.type === 'image') {
      images += 1;
      checkImageBytes(block.source, where);
    } else checkDocumentBytes(block.source, where);
  }
  if (images > model.maxImages)
    refuse(`messages: too many images: ${images} > ${model.maxImages}, the maximum for a request`);
}

function checkReference(source: ClaudeSource, where: string): void {
  if (source.type === 'file') refuseUnknown(`File not found: ${source.file_id}`);
  if (source.type !== 'url') return;
  if (!/^https?:\/\//i.test(source.url ?? '') || !URL.canParse(source.url ?? ''))
    refuse(`${where}.url.url: Only HTTP and HTTPS URLs are supported`);
}

function decoded(source: ClaudeSource, where: string): Buffer {
  const data = source.data ?? '';
  if (data === '') refuse(`${where}.base64.data: data cannot be empty`);
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(data))
    refuse(`${where}.base64.data: invalid base64 data`);
  return Buffer.from(data.slice(0, 64), 'base64');
}

function checkImageBytes(source: ClaudeSource, where: string): void {
  if (source.type !== 'base64') return;
  const found = imageTypeOf(decoded(source, where));
  const size = source.data?.length ?? 0;
  if (size > MAX_IMAGE_LENGTH)
    refuse(`${where}.base64: image exceeds 10 MB maximum: ${size} bytes > ${MAX_IMAGE_LENGTH} bytes`);
  if (found === undefined) refuse(`${where}.base64.data: Could not process image`);
  if (found !== source.media_type)
    refuse(
      `${where}.base64.data: The image was specified using the ${source.media_type} media type, but the image appears to be a ${found} image`,
    );
}

function imageTypeOf(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp';
  return undefined;
}

function checkDocumentBytes(source: ClaudeSource, where: string): void {
  if (source.type === 'base64' && !decoded(source, where).toString('latin1').startsWith('%PDF'))
    refuse(`${where}.base64.data: The PDF specified was not valid.`);
  if (source.type === 'text' && source.data === '') refuse(`${where}.text.data: data cannot be empty`);
}
