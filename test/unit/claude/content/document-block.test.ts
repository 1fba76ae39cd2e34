import { describe, expect, it, test } from 'vitest';
import { toDocumentBlock } from '../../../../server/claude/content/document-block.ts';
import { Notices } from '../../../../server/claude/notices.ts';
import { dataUri, TINY_IMAGES, TINY_PDF } from '../../../support/tiny-files.ts';
import { claudeMessagesOf } from '../../../support/translated.ts';

const PATH = 'messages[0].content[0].file';
const PDF_SOURCE = { type: 'base64', media_type: 'application/pdf', data: TINY_PDF };

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function translate(file: Record<string, string>): { block: unknown; notices: string[] } {
  const notices = new Notices(false);
  const block = toDocumentBlock(file, PATH, notices);
  return { block, notices: notices.list().map(({ param, action }) => `${param}=${action}`) };
}

describe('a file part', () => {
  test.each([
    ['bare base64', TINY_PDF],
    ['a data URI', dataUri('application/pdf', TINY_PDF)],
    ['a data URI with a wrong label', dataUri('application/octet-stream', TINY_PDF)],
  ])('with a PDF as %s becomes a document', (_, data) => {
    expect(translate({ file_data: data, filename: 'a.pdf' })).toEqual({
      block: { type: 'document', source: PDF_SOURCE, title: 'a.pdf' },
      notices: [],
    });
  });

  test.each([
    ['bare base64', base64('Grüße\n')],
    ['a data URI', dataUri('text/markdown', base64('Grüße\n'))],
  ])('with UTF-8 text as %s becomes a text document', (_, data) => {
    expect(translate({ file_data: data })).toEqual({
      block: { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße\n' } },
      notices: [],
    });
  });

  test.each(['', 'data:text/x-python;base64,', ` \n`, dataUri('text/plain', base64(' \n'))])(
    'that is empty is told of by its name, with a notice: %j',
    (data) => {
      const { block, notices } = translate({ file_data: data, filename: '__init__.py' });
      expect(block).toEqual({ type: 'text', text: "(The file '__init__.py' is empty.)" });
      expect(notices).toEqual([`${PATH}.file_data=emulated`]);
    },
  );

  it('with a name longer than Claude takes is sent with its beginning, with a notice', () => {
    const { block, notices } = translate({ file_data: TINY_PDF, filename: 'x'.repeat(501) });
    expect(block).toMatchObject({ title: 'x'.repeat(500) });
    expect(notices).toEqual([`${PATH}.filename=clamped`]);
  });

  it('with both data and an id sends the data, with a notice', () => {
    expect(translate({ file_data: TINY_PDF, file_id: 'file-1' }).notices).toEqual([`${PATH}.file_id=ignored`]);
  });

  test.each<[string, Record<string, string>, string, string]>([
    ['an id alone', { file_id: 'file-1' }, 'unsupported_parameter', '.file_id'],
    ['nothing', { filename: 'a.pdf' }, 'missing_required_parameter', '.file_data'],
    ['no base64', { file_data: 'not base64!' }, 'invalid_value', '.file_data'],
    ['an image', { file_data: TINY_IMAGES['image/png'] }, 'invalid_value', '.file_data'],
    [
      'text that is not UTF-8',
      { file_data: Buffer.from('Gr\xfc\xdfe', 'latin1').toString('base64') },
      'invalid_value',
      '.file_data',
    ],
    ['zero bytes', { file_data: base64('a\0b') }, 'invalid_value', '.file_data'],
    ['a data URI that is not base64', { file_data: 'data:text/plain,hello' }, 'invalid_value', '.file_data'],
  ])('with %s is refused by its field', (_, file, code, field) => {
    expect(() => translate(file)).toThrow(expect.objectContaining({ status: 400, code, param: `${PATH}${field}` }));
  });
});

describe('an image_url part', () => {
  const pdfImage = { type: 'image_url', image_url: { url: dataUri('application/pdf', TINY_PDF) } };

  it('that holds a PDF becomes a document', () => {
    const { messages } = claudeMessagesOf([{ role: 'user', content: [pdfImage] }]);
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'document', source: PDF_SOURCE, title: 'document.pdf' }] },
    ]);
  });

  it('names itself when it is broken', () => {
    const broken = { type: 'image_url', image_url: { url: 'data:application/pdf;base64,%%' } };
    expect(() => claudeMessagesOf([{ role: 'user', content: [broken] }])).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].content[0].image_url.url' }),
    );
  });

  it('has a notice for a detail that asks for something', () => {
    const url = 'https://example.com/a.png';
    const parts = ['auto', null, 'low', 'high'].map((detail) => ({ type: 'image_url', image_url: { url, detail } }));
    const { notices, messages } = claudeMessagesOf([{ role: 'user', content: parts }]);
    expect(notices).toMatchObject([{ param: 'messages[0].content[2].image_url.detail', action: 'ignored' }]);
    expect(messages[0]?.content).toHaveLength(4);
  });
});
