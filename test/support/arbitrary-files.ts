import * as fc from 'fast-check';
import type { ChatMessage } from '../../shared/chat-message.ts';
import { marked } from './arbitrary-marks.ts';
import type { RequestFeature } from './arbitrary-request.ts';
import { anyText } from './arbitrary-text.ts';
import { dataUri, TINY_IMAGES, TINY_PDF } from './tiny-files.ts';

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const fileText = anyText
  .filter((text) => text.trim() !== '' && !text.includes('\0') && !text.startsWith('%PDF'))
  .map((text) => Buffer.from(text).toString('base64'));

/** A PDF or a text file, as bare base64 or as a data URI with a right or wrong label. */
export const filePart = marked(
  fc
    .record(
      {
        file_data: fc
          .tuple(fc.oneof(fc.constant(TINY_PDF), fileText), fc.constantFrom('', 'application/pdf', 'text/plain'))
          .map(([data, label]) => (label === '' ? data : dataUri(label, data))),
        filename: nullable(fc.oneof(anyText, fc.constantFrom('a.pdf', `${'long'.repeat(200)}.txt`))),
        file_id: fc.constantFrom('file-1', null),
      },
      { requiredKeys: ['file_data'] },
    )
    .map((file) => ({ type: 'file' as const, file })),
);

export const imagePart = marked(
  fc
    .constantFrom(
      'https://example.com/a.png',
      ...Object.entries(TINY_IMAGES).map(([type, data]) => dataUri(type, data)),
    )
    .chain((url) =>
      fc.record(
        { url: fc.constant(url), detail: nullable(fc.constantFrom('auto', 'low', 'high')) },
        { requiredKeys: ['url'] },
      ),
    )
    .map((image) => ({ type: 'image_url' as const, image_url: image })),
);

const pdfAsImage = marked(
  fc.constant({ type: 'image_url' as const, image_url: { url: dataUri('application/pdf', TINY_PDF) } }),
);
const textPart = marked(anyText.map((text) => ({ type: 'text' as const, text })));

/** Files, and text and images with more cache marks than Claude takes. */
export const FILES_AND_MARKS: RequestFeature = {
  stretches: [
    fc
      .array(fc.oneof(textPart, imagePart, filePart, pdfAsImage), { maxLength: 4 })
      .map((content): ChatMessage[] => [{ role: 'user', content }]),
    fc
      .tuple(fc.constantFrom('system' as const, 'developer' as const), fc.array(textPart, { maxLength: 3 }))
      .map(([role, content]): ChatMessage[] => [{ role, content }]),
  ],
};
