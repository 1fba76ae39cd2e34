import type { FileUIPart } from 'ai';
import type { UserPart } from '../../shared/content-part.ts';
import type { MessagePart } from './message-parts.ts';

/** Bytes at a time: `String.fromCharCode` takes only so many arguments. */
const SLICE = 0x80_00;

/** The text and the files of a user's message. Throws an Error that names a file which can't be read. */
export async function toUserContent(parts: readonly MessagePart[]): Promise<string | UserPart[]> {
  const said = parts.filter((part) => (part.type === 'text' && part.text !== '') || part.type === 'file');
  if (said.every((part) => part.type === 'text')) return said.map(({ text }) => text).join('\n');
  return await Promise.all(said.map(toUserPart));
}

async function toUserPart(part: MessagePart): Promise<UserPart> {
  if (part.type !== 'file') return { type: 'text', text: part.type === 'text' ? part.text : '' };
  const { mediaType, filename, url } = part;
  if (mediaType.startsWith('image/')) {
    // Claude fetches these by itself.
    const known = /^https:/i.test(url) ? url : await toDataUrl(part);
    return { type: 'image_url', image_url: { url: known } };
  }
  return { type: 'file', file: { file_data: await toDataUrl(part), ...(filename !== undefined && { filename }) } };
}

/** The file within a base64 data URL; one by another URL, such as a `blob:`, is fetched. */
async function toDataUrl({ url, mediaType, filename }: FileUIPart): Promise<string> {
  if (/^data:[^,]*;base64,/i.test(url)) return url;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the answer was ${response.status}`);
    return `data:${mediaType};base64,${toBase64(new Uint8Array(await response.arrayBuffer()))}`;
  } catch (cause) {
    throw new Error(`The file ${filename ?? url.slice(0, 80)} could not be read`, { cause });
  }
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += SLICE)
    binary += String.fromCharCode(...bytes.subarray(start, start + SLICE));
  return btoa(binary);
}
