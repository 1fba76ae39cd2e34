import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { TrestleError } from '../shared/error.ts';
import { MAX_BATCH } from './batch-size.ts';
import { attachState, callerOf, createHttpContext, type Services, stateOf } from './context.ts';
import { isLoopbackHost, isOriginAllowed } from './origin.ts';
import { readJson } from './read-json.ts';
import { registerErrorAnswers, sendError } from './rest/error-answers.ts';
import { EXPOSED_HEADERS } from './rest/headers.ts';
import { appRouter } from './router.ts';
import { toTrestleError } from './to-trestle-error.ts';

/** Of a path that a caller makes up. */
const LONGEST_ROUTE = 200;

/** Of this process, so that ids of several are told apart. */
const PROCESS_DIGITS = randomBytes(10).toString('hex');
let requests = 0;

/** Counted up: it names a request in the log, and need not be hard to guess. */
export function newRequestId(): string {
  requests += 1;
  return `req_${PROCESS_DIGITS}${requests.toString(16).padStart(12, '0')}`;
}

/** Fastify with what all routes share: ids, origins, the log's line, JSON bodies, and errors as envelopes. */
export async function createHttpServer(services: Services): Promise<FastifyInstance> {
  const { config } = services;
  const app = fastify({
    logger: false,
    // Sockets of a stream live as long as Claude answers; only the request itself must come in time.
    requestTimeout: 300_000,
    keepAliveTimeout: 72_000,
    frameworkErrors: (error, _request, reply) => {
      // Such a request reaches no hook, so it has no id yet.
      void sendError(reply.header('x-request-id', newRequestId()), error);
    },
    clientErrorHandler: answerBrokenRequest,
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', (request, reply, done) => {
    const requestId = newRequestId();
    const startedAt = performance.now();
    const caller = callerOf(config, request.raw);
    attachState(request.raw, { requestId, startedAt, records: [], caller });
    reply.header('x-request-id', requestId);
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) stateOf(request.raw)!.cancellation?.abort();
      logRequest(services, request, reply);
    });
    done(foreignOrigin(services, request));
  });
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
  app.addContentTypeParser('application/json', (request, _payload, done) =>
    readJson(request.raw, config.bodyLimit, done),
  );
  registerErrorAnswers(app);
  await app.register(registerTrpc, services);
  return app;
}

/** tRPC over HTTP. It reads the body itself, so that Fastify must not. */
async function registerTrpc(app: FastifyInstance, services: Services): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.route({
    method: ['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
    url: '/trpc/*',
    handler: async (request, reply) => {
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value);
      await nodeHTTPRequestHandler({
        router: appRouter,
        req: request.raw,
        res: reply.raw,
        path: (request.params as { '*': string })['*'],
        createContext: ({ req, info }) => createHttpContext(services, req, info.signal, true),
        onError: ({ req, error }) => {
          const state = stateOf(req);
          if (state) state.failure = toTrestleError(error);
        },
        maxBodySize: services.config.bodyLimit,
        maxBatchSize: MAX_BATCH.http,
        // A query's input may be too long for a URL.
        allowMethodOverride: true,
      });
    },
  });
}

/** Why a request of this origin is refused; undefined when it is not. */
function foreignOrigin({ config }: Services, { headers, url }: FastifyRequest): TrestleError | undefined {
  const spends = url.startsWith('/v1/') || url.startsWith('/trpc');
  if (spends && !isOriginAllowed(headers, config.corsOrigins)) {
    return new TrestleError(
      'origin_not_allowed',
      'Pages of this origin may not call the server; see TRESTLE_CORS_ORIGINS',
    );
  }
  if (config.keys.length === 0 && !isLoopbackHost(headers.host)) {
    return new TrestleError('origin_not_allowed', 'A server without keys answers only under a loopback name');
  }
  return undefined;
}

function logRequest({ log }: Services, request: FastifyRequest, reply: FastifyReply): void {
  const { requestId, startedAt, records, caller, failure } = stateOf(request.raw)!;
  const route = request.routeOptions.url ?? 'unknown';
  const ms = performance.now() - startedAt;
  // A batch has several calls, each with a model and tokens of its own.
  for (let index = 0; index < Math.max(1, records.length); index += 1) {
    log.request({
      method: request.method,
      route: route === '/trpc/*' ? request.url.split('?')[0]!.slice(0, LONGEST_ROUTE) : route,
      // A stream that broke was a 200 when it began, and its connection is cut.
      status: failure?.status ?? (reply.raw.writableFinished ? reply.raw.statusCode : 499),
      requestId,
      key: caller?.fingerprint,
      ms,
      error: failure?.cause,
      record: records[index],
    });
  }
}

/** Bytes that are no HTTP request never reach a route. */
function answerBrokenRequest(this: unknown, error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || error.code === 'ECONNRESET') return;
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const message = tooLong ? 'The request headers are too large' : 'The request is not valid HTTP';
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } });
  const status = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\nx-request-id: ${newRequestId()}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
