import { generateOpenApiDocument, type OpenApiMeta } from 'trpc-openapi';
import { BatchCreateRequest } from '../../shared/batch.ts';
import { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { ChatCompletion } from '../../shared/chat-completion.ts';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { ErrorResponse } from '../../shared/error-response.ts';
import { ERRORS, type ErrorKind } from '../../shared/error.ts';
import { Model, ModelList } from '../../shared/model.ts';
import { Notice } from '../../shared/notice.ts';
import { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import { Response } from '../../shared/responses/response.ts';
import { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import { ADMIN_PATHS } from '../http/route.ts';
import { appRouter } from '../trpc/routers/app-router.ts';
import { ERROR_EXAMPLES, kindsOf } from './openapi-errors.ts';
import { EXAMPLES } from './openapi-examples.ts';
import { FILE_OPERATIONS } from './openapi-files.ts';
import {
  COMPLETION_ID,
  COST,
  LAST_EVENT,
  NAME,
  NOTICES,
  type Parameter,
  REQUEST_HEADERS,
  REQUEST_ID,
  RETRY_AFTER,
} from './openapi-headers.ts';
import { describeSchemas, type Schemas, withoutNull } from './openapi-schemas.ts';
import { STATUSES } from './openapi-statuses.ts';

interface Content {
  schema: { $ref?: string };
  example?: unknown;
  examples?: Record<string, unknown>;
}
interface Answer {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, Content>;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, Answer>;
  [field: string]: unknown;
}
/** The parts of an OpenAPI document that are changed here. */
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schemas; examples?: unknown; [field: string]: unknown };
  [field: string]: unknown;
}

const DESCRIPTION = `Claude as OpenAI's chat completions and Responses API. What becomes of each request field is in docs/parameters.md of the project;
whatever could not be honoured as asked is named in the header \`x-trestle-notices\` and in the field \`notices\`.`;

const EVENT_STREAM = `A stream of server-sent events when \`stream\` is true: each \`data:\` is a ChatCompletionChunk, the last one \`[DONE]\`.
A failure after the first event is a \`data:\` with an ErrorResponse, and no \`[DONE]\` follows it.`;

const RESPONSE_EVENT_STREAM = `A stream of server-sent events when \`stream\` is true, in OpenAI's order: \`event:\` names the kind, and each \`data:\` is the event, with
its \`sequence_number\`. The last one is \`response.completed\`, \`response.incomplete\` or \`response.failed\`.`;

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'One of TRESTLE_API_KEYS' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same, as other clients send it' },
};
const SECURITY = Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] }));

const reference = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** The routes that no procedure with an OpenAPI route is behind. */
const RESUMING: Readonly<Record<string, object>> = {
  '/v1/chat/completions/{id}/events': {
    operationId: 'chat-resume',
    summary: 'Go on with a streamed chat completion',
    description: 'The events of a streamed completion after the one last seen. Claude is not asked again.',
    parameters: [COMPLETION_ID, LAST_EVENT],
  },
  '/v1/chat/completions/events': {
    operationId: 'chat-resume-by-key',
    summary: 'Find a streamed chat completion by the name of its request',
    description: 'All events of the streamed completion that was asked for under this name. Claude is not asked again.',
    parameters: [{ ...NAME, required: true, description: 'The name of the request' }],
  },
};

/** The schemas of requests. */
const BODIES: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'ChatCompletionRequest',
  '/v1/chat/completions/input_tokens': 'ChatCompletionRequest',
  '/v1/responses': 'ResponsesRequest',
  '/v1/batches': 'BatchCreateRequest',
};

/** What is streamed where the body asks for it. */
const STREAMED: Readonly<Record<string, { description: string; schema: object }>> = {
  '/v1/chat/completions': { description: EVENT_STREAM, schema: reference('ChatCompletionChunk') },
  '/v1/responses': { description: RESPONSE_EVENT_STREAM, schema: reference('ResponseStreamEvent') },
};

/** The OpenAPI document of the REST routes. openapi.json is this, and a test says that it is current. */
export function createOpenApiDocument(version: string): Document {
  const document = generateOpenApiDocument<OpenApiMeta>(appRouter, {
    title: 'Trestle',
    description: DESCRIPTION,
    version,
    baseUrl: '/',
    tags: ['Chat', 'Responses', 'Conversations', 'Files', 'Batches', 'Models'],
    securitySchemes: SECURITY_SCHEMES as never,
    defs: {
      ChatCompletionRequest,
      ChatCompletion,
      ChatCompletionChunk,
      ErrorResponse,
      Model,
      ListModelsResponse: ModelList,
      ResponsesRequest,
      Response,
      ResponseStreamEvent,
      BatchCreateRequest,
      Notice,
    },
  }) as unknown as Document;

  const { components, paths } = document;
  // trpc-openapi's own error bodies, which `describeOperation` leaves without a use.
  for (const name of Object.keys(components.schemas)) if (name.startsWith('error.')) delete components.schemas[name];
  describeSchemas(components.schemas);
  components.examples = ERROR_EXAMPLES;
  for (const [path, operation] of Object.entries(RESUMING)) {
    const content = { 'text/event-stream': { schema: reference('ChatCompletionChunk') } };
    const responses = { '200': { description: EVENT_STREAM, content } };
    paths[path] = { get: { tags: ['Chat'], ...operation, responses } };
  }
  for (const [path, operations] of Object.entries(FILE_OPERATIONS)) {
    // Sound: each has what an operation has.
    paths[path] = { ...paths[path], ...structuredClone(operations as Record<string, Operation>) };
  }
  for (const [path, schema] of Object.entries(BODIES)) {
    paths[path]!['post']!.requestBody = {
      required: true,
      content: { 'application/json': { schema: reference(schema) } },
    };
  }
  for (const [path, { description, schema }] of Object.entries(STREAMED)) {
    const answer = paths[path]!['post']!.responses['200']!;
    answer.description = description;
    answer.content!['text/event-stream'] = { schema };
    answer.headers = { ...NOTICES, ...COST };
  }
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      describeOperation(operation, `${method.toUpperCase()} ${path}`);
    }
  }
  return document;
}

/** trpc-openapi documents its own error body; ours is OpenAI's, on every status. */
function describeOperation(operation: Operation, route: string): void {
  operation['security'] = SECURITY;
  for (const parameter of operation.parameters ?? []) describeObject(parameter);
  operation.parameters = [...(operation.parameters ?? []), ...(REQUEST_HEADERS[route] ?? [])];
  for (const each of operation.parameters) if (each.in === 'query') each.schema = withoutNull(each.schema);
  const success = operation.responses['200']!;
  success.headers = { ...REQUEST_ID, ...success.headers };
  for (const { content = {} } of [operation.requestBody, success].filter((each) => each !== undefined)) {
    for (const each of Object.values(content)) addExample(each);
  }
  operation.responses = { '200': success };
  for (const status of STATUSES[route] ?? [500]) operation.responses[status] = failureOf(status, route);
}

/** How an object of a query is written: `metadata[topic]=x`. */
function describeObject(parameter: Parameter): void {
  if (parameter.in === 'query' && JSON.stringify(parameter.schema).includes('"additionalProperties"'))
    Object.assign(parameter, { style: 'deepObject', explode: true });
}

function addExample(content: Content): void {
  const name = content.schema.$ref?.split('/').at(-1);
  const example = name !== undefined && (EXAMPLES as Record<string, unknown>)[name];
  if (example) content.example = example;
}

function failureOf(status: number, route: string): Answer {
  const kinds = kindsOf(status).filter((kind) => kind !== 'admin_only' || route.includes(ADMIN_PATHS));
  const codes = kinds.flatMap((kind) => ERRORS[kind as ErrorKind].code ?? []);
  const examples = kinds.map((kind) => [kind, { $ref: `#/components/examples/${kind}` }]);
  return {
    description:
      codes.length > 0
        ? `An error, with the code ${codes.map((code) => `\`${code}\``).join(', ')} or null`
        : 'An error',
    headers: { ...REQUEST_ID, ...(status === 429 || status === 503 ? RETRY_AFTER : {}) },
    content: {
      'application/json': { schema: reference('ErrorResponse'), examples: Object.fromEntries(examples) as never },
    },
  };
}
