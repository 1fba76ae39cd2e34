import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { createSchemaCheck } from '../support/schema-check.ts';
import { type AnswerKind, collectAnswers, type ServedAnswer } from '../support/served-answers.ts';

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>>;
  components: { schemas: Record<string, object> };
}

const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as OpenApi;
const check = createSchemaCheck(document);

let app: AppResource;
let answers: ServedAnswer[] = [];
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  answers = await collectAnswers(app);
});
afterAll(() => app[Symbol.asyncDispose]());

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Where the document describes this answer: at its path, method, status and media type. */
function pointerOf({ path, method, status, kind }: ServedAnswer): string {
  const type = kind === 'chunk' ? 'text/event-stream' : 'application/json';
  return ['', 'paths', path, method, 'responses', String(status), 'content', type, 'schema'].map(escape).join('/');
}

test.each<AnswerKind>(['completion', 'chunk', 'tokens', 'models', 'model', 'error'])(
  'every %s that is served is described by the document at its own path and status',
  (kind) => {
    const ofKind = answers.filter((answer) => answer.kind === kind);
    expect(ofKind.length).toBeGreaterThan(0);
    const faults = ofKind.map((answer) => [answer.name, check(pointerOf(answer), answer.value)]);
    expect(faults).toEqual(ofKind.map(({ name }) => [name, null]));
  },
);

describe('the check itself', () => {
  test('finds what is wrong', () => {
    const { value } = answers.find(({ kind }) => kind === 'completion')!;
    expect(check('/components/schemas/ChatCompletion', { ...(value as object), created: 'now' })).toContain('created');
    expect(check('/components/schemas/ChatCompletionChunk', value)).not.toBe(null);
    expect(check('/components/schemas/ErrorResponse', { error: { message: 'x', type: 'y', code: null } })).toContain(
      'param',
    );
    expect(check('/components/schemas/Model', { id: 'x' })).not.toBe(null);
  });

  test('takes null where a schema of OpenAPI 3.0 does, and only there', () => {
    const loose = createSchemaCheck({
      components: {
        a: {
          type: 'object',
          properties: { x: { type: 'string', enum: ['a'], nullable: true }, y: { type: 'string' } },
        },
      },
    });
    expect(loose('/components/a', { x: null, y: 'y' })).toBe(null);
    expect(loose('/components/a', { x: 'a' })).toBe(null);
    expect(loose('/components/a', { y: null })).toContain('answer/y');
  });
});

test('every reference of the document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
  expect(references.length).toBeGreaterThan(0);
  const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect([...new Set(references)].filter((reference) => !known.includes(reference))).toEqual([]);
});

test('the request schema takes every example of the README and of the reference page', () => {
  const pointer = '/components/schemas/ChatCompletionRequest';
  const messages = [{ role: 'user', content: 'Hello, Claude!' }];
  expect(check(pointer, { model: 'claude-sonnet-4-20250514', messages, max_tokens: 1024, temperature: 0.7 })).toBe(
    null,
  );
  const image = { type: 'image_url', image_url: { url: 'https://example.com/image.jpg' } };
  expect(
    check(pointer, { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, image] }] }),
  ).toBe(null);
  expect(check(pointer, { model: 'm', messages, temperature: 3 })).toContain('temperature');
  expect(check(pointer, { messages })).toContain('model');
});
