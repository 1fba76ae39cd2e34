import type { IncomingMessage } from 'node:http';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TrestleError } from '../../../shared/error.ts';
import { MAX_BATCH } from '../../calls/batch-size.ts';
import { toTrestleError } from '../../calls/to-trestle-error.ts';
import { refuseOtherMethods } from '../../http/methods.ts';
import { unwantedGet } from '../../http/origin.ts';
import { readText } from '../../http/read-json.ts';
import { stateOf, strangerRefusalOf } from '../../http/request-state.ts';
import { takeOver } from '../../http/take-over.ts';
import type { Services } from '../../services.ts';
import { createHttpContext } from '../context.ts';
import { appRouter } from '../routers/app-router.ts';

/** Milliseconds for the body of a request whose caller has no key. */
const UNKNOWN_BODY_TIMEOUT_MS = 5000;

/** tRPC over HTTP. It takes a body's text, which is read as at the other doors: with limits, and decompressed. */
export async function registerTrpc(app: FastifyInstance, services: Services): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, _payload, done) => {
    const { raw } = request as FastifyRequest & { raw: { body?: string } };
    // Nobody who is refused is read; tRPC's handler refuses in its own words.
    if (strangerRefusalOf(raw)) return done(null);
    readText(raw, services.config.bodyLimit, (error, text = '') => {
      stateOf(raw)!.unreadable = error ?? undefined;
      raw.body = text;
      done(null);
    });
  });
  app.route({
    method: ['GET', 'POST', 'HEAD'],
    url: '/trpc/*',
    onRequest: (request, _reply, done) => done(refusedGet(services, request)),
    handler: async (request, reply) => {
      const response = takeOver(reply);
      await nodeHTTPRequestHandler({
        router: appRouter,
        req: request.raw,
        res: response,
        path: (request.params as { '*': string })['*'],
        createContext: ({ req, info }) => {
          // Before tRPC reads a byte of the body: the procedures would refuse the caller, but only then.
          const refusal = strangerRefusalOf(req) ?? stateOf(req)!.unreadable;
          if (refusal) throw Object.assign(refusal, { requestId: stateOf(req)!.requestId });
          return createHttpContext(services, req, info.signal, true);
        },
        onError: ({ req, error }) => {
          const state = stateOf(req);
          if (state) state.failure = toTrestleError(error);
        },
        maxBodySize: services.config.bodyLimit,
        maxBatchSize: MAX_BATCH.http,
        // A query's input may be too long for a URL.
        allowMethodOverride: true,
      });
      if (strangerRefusalOf(request.raw)) readNoFurther(request.raw);
    },
  });
  refuseOtherMethods(app, '/trpc/*', ['GET', 'HEAD', 'POST']);
}

/** Free to ask for; everything else calls Claude, or ends a call. */
const FREE = new Set(['models.list', 'models.retrieve']);

function refusedGet(services: Services, { method, params, headers }: FastifyRequest): TrestleError | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  // tRPC decodes the path once more: a name that is escaped twice is none of the free ones.
  const names = (params as { '*': string })['*'].split(',');
  return names.every((name) => FREE.has(name)) ? undefined : unwantedGet(headers, services);
}

/** The answer is written. A body that is still on its way has some seconds, and nobody reads it. */
function readNoFurther(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), UNKNOWN_BODY_TIMEOUT_MS);
  request.once('close', () => clearTimeout(timer));
  request.resume();
}
