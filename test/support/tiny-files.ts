const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

export const PIXEL_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PIXEL_GIF = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const PIXEL_WEBP = 'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA';

/** The smallest files of their kinds, as base64. The JPEG is its first segment alone. */
export const TINY_IMAGES = {
  'image/png': PIXEL_PNG,
  'image/gif': PIXEL_GIF,
  'image/webp': PIXEL_WEBP,
  'image/jpeg': latin1('\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9').toString('base64'),
} as const;

export const TINY_PDF = latin1('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF').toString(
  'base64',
);

export function dataUri(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`;
}
