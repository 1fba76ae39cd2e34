import { describe, expect, it, test } from 'vitest';
import { parseBase64, parseDataUri, toImageSource } from '../../../../server/claude/content/image-source.ts';
import { dataUri, TINY_IMAGES, TINY_PDF } from '../../../support/tiny-files.ts';

const PARAM = 'messages[0].content[0].image_url.url';
const PNG = TINY_IMAGES['image/png'];

function refusal(message: RegExp): unknown {
  return expect.objectContaining({
    status: 400,
    code: 'invalid_value',
    param: PARAM,
    message: expect.stringMatching(message) as unknown,
  });
}

describe('an image URL', () => {
  test.each([
    'https://example.com/a.png',
    'HTTPS://example.com/a?x=1#y',
    'HTTPS://EXAMPLE.COM/A.PNG',
    // Signed URLs break when they are rewritten.
    "https://bucket.example.com/a b.png?sig=it's%2Fä",
  ])('is sent as it is: %s', (url) => {
    expect(toImageSource(url, PARAM)).toEqual({ type: 'url', url });
  });

  test.each([
    [' https://example.com/a.png\n', 'https://example.com/a.png'],
    ['https:example.com/a.png', 'https://example.com/a.png'],
  ])('is put right where Claude would refuse it: %j', (asked, url) => {
    expect(toImageSource(asked, PARAM)).toEqual({ type: 'url', url });
  });

  test.each([
    ['file:///etc/passwd', /not from 'file:'/],
    ['ftp://example.com/a.png', /not from 'ftp:'/],
    ['http://example.com/a.png', /not from 'http:'/],
    ['blob:https://example.com/1', /not from 'blob:'/],
    ['a.png', /Expected an https URL or a base64 data URI/],
    ['//example.com/a.png', /Expected an https URL/],
    ['', /Expected an https URL/],
  ])('that is not of the web is refused: %j', (url, message) => {
    expect(() => toImageSource(url, PARAM)).toThrow(refusal(message));
  });
});

describe('a data URI', () => {
  test.each(Object.entries(TINY_IMAGES))('of %s becomes a source of that type', (mediaType, data) => {
    expect(toImageSource(dataUri(mediaType, data), PARAM)).toEqual({ type: 'base64', media_type: mediaType, data });
  });

  test.each(Object.entries(TINY_IMAGES))('of %s with a wrong label gets the right one', (mediaType, data) => {
    for (const label of ['image/png', 'image/jpeg', 'image/jpg', 'application/octet-stream', '']) {
      expect(toImageSource(dataUri(label, data), PARAM)).toMatchObject({ media_type: mediaType });
    }
  });

  test.each([
    ['upper case and parameters', `DATA:Image/PNG;charset=utf-8;BASE64,${PNG}`],
    ['spaces in the head', `data: image/png ; base64,${PNG}`],
    ['white space around', `\n data:image/png;base64,${PNG} `],
    ['line breaks', dataUri('image/png', PNG.replaceAll(/.{20}/g, '$&\r\n'))],
    ['the URL alphabet', dataUri('image/png', PNG.replaceAll('+', '-').replaceAll('/', '_'))],
    ['URL escapes', dataUri('image/png', encodeURIComponent(PNG))],
    ['no padding', dataUri('image/png', PNG.replace(/=+$/, ''))],
  ])('is read with %s', (_, uri) => {
    expect(toImageSource(uri, PARAM)).toEqual({ type: 'base64', media_type: 'image/png', data: PNG });
  });

  test.each([
    ['data:image/png', /must be base64/],
    ['data:image/svg+xml,<svg/>', /must be base64/],
    ['data:image/png;base64,', /not valid base64/],
    ['data:image/png;base64,iVBORw0KGgo$', /not valid base64/],
    ['data:image/png;base64,AAAAA', /not valid base64/],
    ['data:image/png;base64,AA=A', /not valid base64/],
    [dataUri('image/bmp', Buffer.from('BM123456').toString('base64')), /labelled image\/bmp\) is not an image/],
    [dataUri('image/png', TINY_PDF), /PNG, JPEG, GIF or WebP/],
    [dataUri('', 'QUJD'), /^The data is not an image/],
  ])('that Claude could not read is refused: %s', (uri, message) => {
    expect(() => toImageSource(uri, PARAM)).toThrow(refusal(message));
  });

  it('is told from other text', () => {
    expect(parseDataUri('https://example.com/data:image/png', PARAM)).toBeUndefined();
    expect(parseDataUri(PNG, PARAM)).toBeUndefined();
  });

  it('of many megabytes is not decoded to be told apart', () => {
    const { data, head } = parseBase64('A'.repeat(8 * 1024 * 1024), PARAM);
    expect(head.length).toBeLessThanOrEqual(18);
    expect(data).toHaveLength(8 * 1024 * 1024);
  });
});
