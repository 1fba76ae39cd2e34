import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { createSchemaCheck } from '../support/schema-check.ts';
import { type AnswerKind, collectAnswers, type ServedAnswer } from '../support/served-answers.ts';

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>>;
  components: {
    schemas: Record<string, object>;
    examples: Record<string, { value: unknown }>;
    securitySchemes: Record<string, object>;
  };
}
interface Described {
  parameters: { name: string; in: string }[];
  security: object[];
  requestBody: { content: { 'application/json': Example } };
}
interface Example {
  example?: unknown;
  examples?: Record<string, object>;
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
  const known = (['schemas', 'examples'] as const).flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`),
  );
  expect([...new Set(references)].filter((reference) => !known.includes(reference))).toEqual([]);
});

describe('what people read', () => {
  const create = document.paths['/v1/chat/completions']!['post'] as unknown as Described;

  /** Every schema of an object's field, at any depth. */
  function fieldsOf(schema: unknown, path: string): [string, Record<string, unknown>][] {
    if (typeof schema !== 'object' || schema === null) return [];
    const entries = Object.entries(schema).flatMap(([name, below]) => fieldsOf(below, `${path}.${name}`));
    const { properties = {} } = schema as { properties?: Record<string, Record<string, unknown>> };
    return [
      ...Object.entries(properties).map(([name, field]) => [`${path}.${name}`, field] as [string, typeof field]),
      ...entries,
    ];
  }

  test('every schema and every field is described', () => {
    const { schemas } = document.components;
    const all = Object.entries<object>(schemas).flatMap(([id, schema]) => [
      [id, schema as Record<string, unknown>] as const,
      ...fieldsOf(schema, id),
    ]);
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter(([, schema]) => typeof schema['description'] !== 'string').map(([path]) => path)).toEqual([]);
  });

  test('an integer has no bounds but those of the contract', () => {
    expect(JSON.stringify(document)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  test('a query has no null', () => {
    const parameters = Object.values(document.paths)
      .flatMap((path) => Object.values(path) as unknown as Partial<Described>[])
      .flatMap((operation) => operation.parameters ?? [])
      .filter((each) => each.in === 'query');
    expect(parameters.length).toBeGreaterThan(5);
    expect(JSON.stringify(parameters)).not.toContain('null');
  });

  test('the headers of requests and both ways to send a key are there', () => {
    const rest = document.paths['/v1/chat/completions/{id}/events']!['get'] as unknown as Described;
    expect(create.parameters.map(({ name }) => name)).toEqual(['x-trestle-strict', 'Idempotency-Key']);
    expect(rest.parameters.map(({ name }) => name)).toEqual(['id', 'Last-Event-ID']);
    expect(document.components.securitySchemes).toMatchObject({
      bearer: { scheme: 'bearer' },
      apiKey: { name: 'x-api-key' },
    });
    expect(create.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
  });

  test('every example fits its schema, and every class of errors has one', () => {
    const contents = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) =>
        Object.entries(operation.responses).flatMap(([status, { content }]) =>
          Object.entries(content as Record<string, Example>).map(([type, each]) => ({
            path,
            method,
            status,
            type,
            ...each,
          })),
        ),
      ),
    );
    for (const { path, method, status, type, example, examples } of contents) {
      const pointer = ['', 'paths', path, method, 'responses', status, 'content', type, 'schema'].map(escape).join('/');
      const names = Object.keys(examples ?? {});
      const values = example === undefined ? names.map((name) => document.components.examples[name]!.value) : [example];
      expect(values, pointer).not.toEqual([]);
      for (const value of values) expect(check(pointer, value), pointer).toBe(null);
    }
    const { example } = create.requestBody.content['application/json'];
    expect(check('/components/schemas/ChatCompletionRequest', example)).toBe(null);
  });
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
