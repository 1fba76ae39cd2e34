import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { TrestleError } from '../../shared/error.ts';
import { admit } from '../calls/admit.ts';
import type { Services } from '../services.ts';
import { toLoggedPath } from '../telemetry/logged-path.ts';
import { EXPOSED_HEADERS } from './answer-headers.ts';
import { notJson, registerErrorAnswers, sendError } from './error-answers.ts';
import { METHODS } from './methods.ts';
import { foreignOrigin, isHost } from './origin.ts';
import { takesConnection } from './plain-upgrades.ts';
import { readJson, readText } from './read-json.ts';
import { newRequestId } from './request-id.ts';
import { attachState, stateOf } from './request-state.ts';

/** Milliseconds for the headers of a request, and for all of it. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 300_000;
/** Maximum length of a parameter in a path, such as the name of a model; longer ones are a 404. */
const MAX_PARAMETER = 1000;

/** Where Azure has OpenAI's own paths. */
const AZURE_PREFIX = '/openai';
const AZURE_V1 = `${AZURE_PREFIX}/v1/`;

/** Fastify with what all routes share: ids, origins, the log's line, JSON bodies, and errors as envelopes. */
export async function createHttpServer(services: Services): Promise<FastifyInstance> {
  const { config } = services;
  const app = fastify({
    logger: false,
    // Sockets of a stream live as long as Claude answers; only the request itself must come in time.
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 72_000,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 5000,
      // Newer than the types.
      ...({ shouldUpgradeCallback: takesConnection } as object),
    },
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: MAX_PARAMETER },
    rewriteUrl: ({ url = '/' }) => (url.startsWith(AZURE_V1) ? url.slice(AZURE_PREFIX.length) : url),
    frameworkErrors: (error, request, reply) => {
      // Such a request reaches no hook.
      begin(services, request, reply);
      void sendError(reply, error);
    },
    clientErrorHandler: answerBrokenRequest,
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', (request, reply, done) => {
    begin(services, request, reply);
    if (!isHost(request.headers.host)) {
      return done(new TrestleError('invalid_request', 'The Host header does not name a host'));
    }
    done(request.routeOptions.config.public === true ? undefined : foreignOrigin(request.headers, services));
  });
  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  if (config.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: config.corsOrigins.includes('*') ? true : config.corsOrigins,
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: 600,
      // Its refusal is plain text.
      strictPreflight: false,
    });
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, _payload, done) => {
    // Many clients name the type with every request, also where they send no body.
    const mayBeEmpty = request.method === 'DELETE' || request.routeOptions.config.optionalBody === true;
    if (mayBeEmpty && hasNoBody(request.raw.headers)) done(null);
    else if (request.routeOptions.config.anthropic === true) readText(request.raw, config.bodyLimit, done);
    else readJson(request.raw, config.bodyLimit, done);
  });
  app.addContentTypeParser('multipart/form-data', (request, _payload, done) => {
    done(request.routeOptions.config.upload === true ? null : notJson());
  });
  registerErrorAnswers(app);
  return app;
}

function hasNoBody({ 'content-length': length, 'transfer-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding === undefined && !(Number(length) > 0);
}

/** Gives a request its id and its caller, and has its line logged at the end. */
function begin(services: Services, request: FastifyRequest, reply: FastifyReply): void {
  const requestId = newRequestId();
  const startedAt = performance.now();
  const admission = admit({ headers: request.headers }, services, 'http');
  attachState(request.raw, { requestId, startedAt, records: [], admission });
  reply.header('x-request-id', requestId);
  if (services.demo) reply.header('x-trestle-demo', 'true');
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) stateOf(request.raw)!.cancellation?.abort();
    logRequest(services, request, reply);
  });
}

function logRequest({ log }: Services, request: FastifyRequest, reply: FastifyReply): void {
  const { requestId, startedAt, records, admission, failure } = stateOf(request.raw)!;
  const route = request.routeOptions.url ?? 'unknown';
  const ms = performance.now() - startedAt;
  // A batch has several calls, each with a model and tokens of its own.
  for (let index = 0; index < Math.max(1, records.length); index += 1) {
    log.request({
      method: request.method,
      route: route === '/trpc/*' ? toLoggedPath(request.url) : route,
      path: route === 'unknown' ? toLoggedPath(request.url) : undefined,
      origin: failure?.code === 'origin_not_allowed' ? originOf(request.headers) : undefined,
      // A stream that broke was a 200 when it began, and its connection is cut.
      status: failure?.status ?? (reply.raw.writableFinished ? reply.raw.statusCode : 499),
      requestId,
      key: admission.caller?.fingerprint,
      ms,
      failure,
      record: records[index],
    });
  }
}

interface BrokenRequest {
  status: string;
  message: string;
}

/** Answers to broken requests, by the code of Node's error. */
const BROKEN_REQUESTS: Readonly<Record<string, BrokenRequest>> = {
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', message: 'The request headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', message: 'The request took too long to arrive' },
};
const NOT_HTTP: BrokenRequest = { status: '400 Bad Request', message: 'The request is not valid HTTP' };

function originOf({ origin, ...headers }: IncomingHttpHeaders): string {
  return toLoggedPath(origin ?? String(headers['sec-fetch-site'] ?? headers.host));
}

/** Bytes that are no HTTP request never reach a route. */
function answerBrokenRequest(this: unknown, error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || error.code === 'ECONNRESET') return;
  const { status, message } = BROKEN_REQUESTS[error.code ?? ''] ?? NOT_HTTP;
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\nx-request-id: ${newRequestId()}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
