import { generateOpenApiDocument, type OpenApiMeta } from 'trpc-openapi';
import { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { ChatCompletion } from '../../shared/chat-completion.ts';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { ERRORS } from '../../shared/error.ts';
import { ErrorResponse } from '../../shared/error-response.ts';
import { Model, ModelList } from '../../shared/model.ts';
import { Notice } from '../../shared/notice.ts';
import { appRouter } from '../router.ts';

/** As much of an OpenAPI document as is changed here. */
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
  [field: string]: unknown;
}
interface Operation {
  requestBody?: { required?: boolean; content: Record<string, { schema: unknown; example?: unknown }> };
  responses: Record<string, { description: string; headers?: unknown; content?: Record<string, { schema: unknown }> }>;
  [field: string]: unknown;
}

const DESCRIPTION = `Claude as OpenAI's chat completions. What becomes of each request field is in docs/parameters.md of the project;
whatever could not be honoured as asked is named in the header \`x-trestle-notices\` and in the field \`notices\`.`;

const EVENT_STREAM = `A stream of server-sent events when \`stream\` is true: each \`data:\` is a ChatCompletionChunk, the last one \`[DONE]\`.
A failure after the first event is a \`data:\` with an ErrorResponse, and no \`[DONE]\` follows it.`;

/** Statuses of each operation besides 200. */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  'POST /v1/chat/completions': [400, 401, 403, 404, 405, 413, 415, 429, 500, 502, 503, 504],
  'POST /v1/chat/completions/input_tokens': [400, 401, 403, 404, 405, 413, 415, 429, 500, 502, 503, 504],
  'GET /v1/chat/completions/{id}/events': [401, 403, 405, 412, 500, 502, 503, 504],
  'GET /v1/models': [401, 403, 405, 500],
  'GET /v1/models/{model}': [401, 403, 404, 405, 500],
};

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The one route that no procedure with an OpenAPI route is behind. */
const RESUME: Operation = {
  operationId: 'chat-resume',
  tags: ['Chat'],
  summary: 'Go on with a streamed chat completion',
  description:
    'The events of a streamed completion behind the one last seen, or all of them. Claude is not asked again.',
  security: [{ bearer: [] }],
  parameters: [
    { in: 'path', name: 'id', required: true, description: 'Of the completion', schema: { type: 'string' } },
    {
      in: 'header',
      name: 'last-event-id',
      description: 'The `id:` of the last event that was seen',
      schema: { type: 'string' },
    },
  ],
  responses: {
    '200': {
      description: EVENT_STREAM,
      content: { 'text/event-stream': { schema: reference('ChatCompletionChunk') } },
    },
  },
};

/** What the reference page's form starts with. */
const EXAMPLE = { model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hello!' }] };

/** The OpenAPI document of the REST routes. openapi.json is this, and a test says that it is current. */
export function createOpenApiDocument(version: string): Document {
  const document = generateOpenApiDocument<OpenApiMeta>(appRouter, {
    title: 'Trestle',
    description: DESCRIPTION,
    version,
    baseUrl: '/',
    tags: ['Chat', 'Models'],
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'One of TRESTLE_API_KEYS' } },
    defs: {
      ChatCompletionRequest,
      ChatCompletion,
      ChatCompletionChunk,
      ErrorResponse,
      Model,
      ListModelsResponse: ModelList,
      Notice,
    },
  }) as unknown as Document;

  dropUnusedErrors(document);
  document.paths['/v1/chat/completions/{id}/events'] = { get: RESUME };
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      describeFailures(operation, STATUSES[`${method.toUpperCase()} ${path}`] ?? [500]);
    }
  }
  const create = document.paths['/v1/chat/completions']!['post']!;
  const count = document.paths['/v1/chat/completions/input_tokens']!['post']!;
  count.requestBody = create.requestBody = {
    required: true,
    content: { 'application/json': { schema: reference('ChatCompletionRequest'), example: EXAMPLE } },
  };
  const answer = create.responses['200']!;
  answer.description = EVENT_STREAM;
  answer.content!['text/event-stream'] = { schema: reference('ChatCompletionChunk') };
  answer.headers = {
    'x-request-id': { description: 'Names the request in the log', schema: { type: 'string' } },
    'x-trestle-notices': {
      description: 'What could not be honoured as asked: `temperature=clamped, seed=ignored`',
      schema: { type: 'string' },
    },
  };
  return document;
}

/** trpc-openapi's own error bodies, which {@link describeFailures} leaves without a use. */
function dropUnusedErrors({ components }: Document): void {
  for (const name of Object.keys(components.schemas)) if (name.startsWith('error.')) delete components.schemas[name];
}

/** trpc-openapi documents its own error body; ours is OpenAI's, on every status. */
function describeFailures(operation: Operation, statuses: readonly number[]): void {
  operation.responses = { '200': operation.responses['200']! };
  for (const status of statuses) {
    const codes = Object.values(ERRORS).flatMap((error) =>
      error.status === status && error.code !== null ? [error.code] : [],
    );
    operation.responses[status] = {
      description:
        codes.length > 0
          ? `An error, with the code ${[...new Set(codes)].map((code) => `\`${code}\``).join(', ')} or null`
          : 'An error',
      content: { 'application/json': { schema: reference('ErrorResponse') } },
    };
  }
}
