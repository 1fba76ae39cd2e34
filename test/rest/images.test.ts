import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const base64 = (text: string, encoding: BufferEncoding = 'latin1'): string =>
  Buffer.from(text, encoding).toString('base64');
const BYTES = {
  'image/png': PNG,
  'image/jpeg': base64('\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01'),
  'image/gif': base64('GIF89a\x01\x00\x01\x00\x80\x00\x00'),
  'image/webp': base64('RIFF\x24\x00\x00\x00WEBPVP8 '),
};

/** A conversation whose third message has the image as its second part. */
function withImage(url: unknown): object {
  return {
    model: HELLO.model,
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url } },
        ],
      },
    ],
  };
}
const PARAM = 'messages[2].content[1].image_url.url';

/** The source that Claude got for the image. */
async function sourceOf(url: string): Promise<unknown> {
  const response = await postChat(app, withImage(url));
  expect(response.status).toBe(200);
  const { messages } = app.fake.requests.at(-1)!.body as { messages: { content: { source?: unknown }[] }[] };
  return messages[2]!.content[1]!.source;
}

test.each<[string, string]>([
  ['an SVG', `data:image/svg+xml;base64,${base64('<svg xmlns="http://www.w3.org/2000/svg"/>')}`],
  ['an SVG that says it is a PNG', `data:image/png;base64,${base64('<svg xmlns="http://www.w3.org/2000/svg"/>')}`],
  ['data that is no image', `data:image/png;base64,${base64('hello, I am text')}`],
  ['text', `data:text/plain;base64,${base64('hello')}`],
  ['broken base64', 'data:image/png;base64,iVBOR*w0KGgo!'],
  ['no data', 'data:image/png;base64,'],
  ['data that is not base64', 'data:image/svg+xml;utf8,<svg/>'],
  ['a data URI without a comma', 'data:image/png;base64'],
  ['ftp', 'ftp://example.com/image.png'],
  ['file', 'file:///etc/passwd'],
  ['javascript', 'javascript:alert(1)'],
  ['a bare path', 'image.png'],
  ['nothing', ''],
])('refuses %s, naming the part', async (_name, url) => {
  const before = app.fake.requests.length;
  for (const stream of [false, true]) {
    const response = await postChat(app, { ...withImage(url), stream });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      type: 'invalid_request_error',
      code: 'invalid_value',
      param: PARAM,
    });
  }
  expect(app.fake.requests).toHaveLength(before);
});

test('refuses an image without a URL, naming what is missing', async () => {
  const response = await postChat(app, withImage(undefined));
  expect(await errorOf(response)).toMatchObject({ code: 'missing_required_parameter', param: PARAM });
});

test('does not repeat an image in an error', async () => {
  const url = `data:image/png;base64,${base64('x'.repeat(3000))}`;
  const error = await errorOf(await postChat(app, withImage(url)));
  expect(error.message.length).toBeLessThan(200);
});

test('passes an https URL on', async () => {
  const url = 'https://example.com/image.jpg?size=1#top';
  expect(await sourceOf(url)).toEqual({ type: 'url', url });
});

test.each(Object.entries(BYTES))(
  '%s goes under its own media type, whatever the label says',
  async (mediaType, data) => {
    for (const label of [...Object.keys(BYTES), 'image/jpg', 'application/octet-stream', 'image/svg+xml', '']) {
      expect(await sourceOf(`data:${label};base64,${data}`)).toEqual({ type: 'base64', media_type: mediaType, data });
    }
  },
);

test('completes the padding of base64, and refuses a length that no padding completes', async () => {
  const data = base64('GIF89a\x01\x00\x01\x00\x80');
  expect(data).toMatch(/=$/);
  const source = { type: 'base64', media_type: 'image/gif', data };
  expect(await sourceOf(`data:image/gif;base64,${data.replaceAll('=', '')}`)).toEqual(source);
  const response = await postChat(app, withImage(`data:image/gif;base64,${data.replaceAll('=', '')}AA`));
  expect(await errorOf(response)).toMatchObject({ code: 'invalid_value', param: PARAM });
});

test('takes base64 with line breaks, in the URL alphabet, and with parameters before it', async () => {
  const source = { type: 'base64', media_type: 'image/png', data: PNG };
  expect(await sourceOf(`data:image/png;base64,${PNG.replaceAll(/.{20}/g, '$&\r\n')}`)).toEqual(source);
  expect(await sourceOf(`data:image/png;base64,${PNG.replaceAll('+', '-').replaceAll('/', '_')}`)).toEqual(source);
  expect(await sourceOf(`data:image/png;charset=utf-8;base64,${PNG}`)).toEqual(source);
  expect(await sourceOf(`DATA:IMAGE/PNG;BASE64,${PNG}`)).toEqual(source);
});
