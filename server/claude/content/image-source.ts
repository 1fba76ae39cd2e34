import { TrestleError } from '../../../shared/error.ts';

/** The images that Claude reads, by the bytes they start with. */
const SIGNATURES = [
  {
    mediaType: 'image/png',
    matches: (head: Buffer) => head.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47])),
  },
  { mediaType: 'image/jpeg', matches: (head: Buffer) => head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) },
  { mediaType: 'image/gif', matches: (head: Buffer) => head.toString('latin1', 0, 4) === 'GIF8' },
  {
    mediaType: 'image/webp',
    matches: (head: Buffer) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP',
  },
] as const;
type ImageMediaType = (typeof SIGNATURES)[number]['mediaType'];

export type ImageSource = { type: 'url'; url: string } | { type: 'base64'; media_type: ImageMediaType; data: string };

/** base64 of the longest signature, with room for one group more. */
const HEAD_CHARACTERS = 24;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface DataUri {
  mediaType: string;
  /** Base64 without white space. */
  data: string;
  /** The first decoded bytes, enough to tell what the data is. */
  head: Buffer;
}

/** Reads a base64 data URI; undefined when the text is no data URI. Throws a 400 that names `param` when it is a broken one. */
export function parseDataUri(text: string, param: string): DataUri | undefined {
  if (!/^data:/i.test(text.slice(0, 5))) return undefined;
  const comma = text.indexOf(',');
  const [mediaType = '', ...parameters] = text
    .slice(5, comma)
    .toLowerCase()
    .split(';')
    .map((entry) => entry.trim());
  if (comma === -1 || !parameters.includes('base64')) {
    throw new TrestleError('invalid_value', 'Data URIs must be base64: data:<media type>;base64,<data>', { param });
  }
  return { mediaType, ...parseBase64(text.slice(comma + 1), param) };
}

/** Checks base64 and decodes its first bytes. Throws a 400 that names `param`. */
export function parseBase64(text: string, param: string): { data: string; head: Buffer } {
  let data = text;
  if (!BASE64.test(data)) {
    // Line breaks, the URL alphabet and URL escapes are common in the wild, and Claude takes none of them.
    data = data
      .replaceAll(/%(?:2b|2f|3d)/gi, (escape) => decodeURIComponent(escape))
      .replaceAll(/\s+/g, '')
      .replaceAll('-', '+')
      .replaceAll('_', '/');
    if (!BASE64.test(data)) throw new TrestleError('invalid_value', 'The data is not valid base64', { param });
  }
  if (data.length % 4 !== 0) {
    data = data.replace(/=+$/, '');
    if (data.length % 4 === 1) throw new TrestleError('invalid_value', 'The data is not valid base64', { param });
    data = data.padEnd(Math.ceil(data.length / 4) * 4, '=');
  }
  return { data, head: Buffer.from(data.slice(0, HEAD_CHARACTERS), 'base64') };
}

/**
 * Claude's image source for an OpenAI `image_url.url`: an http(s) URL, or a data URI whose
 * media type is read from its bytes, since Claude refuses a wrong label. Throws a 400 that names `param`.
 */
export function toImageSource(text: string, param: string): ImageSource {
  const url = text.trim();
  const dataUri = parseDataUri(url, param);
  if (dataUri !== undefined) return fromDataUri(dataUri, param);
  if (URL.canParse(url)) {
    const { protocol, href } = new URL(url);
    if (protocol === 'https:') {
      return { type: 'url', url: /^https?:\/\//i.test(url) ? url : href };
    }
    throw new TrestleError('invalid_value', `Images come from https URLs or data URIs, not from '${protocol}'`, {
      param,
    });
  }
  throw new TrestleError('invalid_value', 'Expected an https URL or a base64 data URI', { param });
}

function fromDataUri({ data, head, mediaType }: DataUri, param: string): ImageSource {
  const known = SIGNATURES.find((signature) => signature.matches(head));
  if (known !== undefined) return { type: 'base64', media_type: known.mediaType, data };
  throw new TrestleError(
    'invalid_value',
    `The data${mediaType === '' ? '' : ` (labelled ${mediaType})`} is not an image that Claude reads: PNG, JPEG, GIF or WebP`,
    { param },
  );
}
