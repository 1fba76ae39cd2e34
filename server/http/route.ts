import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseOtherMethods } from './methods.ts';
import { refusalOf } from './request-state.ts';

/** Answers a request. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** What a route of ours can be asked by. GET stands for HEAD as well. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of any origin may request the route: it spends nothing, and shows nothing of a caller's. */
    public?: boolean;
    /** The route is for the admin key alone. */
    admin?: boolean;
    /**
     * The route speaks Anthropic's API: its errors have Anthropic's envelope, and its body is read as a text. One that
     * is `asked` is OpenAI's as well, and speaks it to callers who send `anthropic-version`.
     */
    anthropic?: true | 'asked';
    /** A POST there says all in its path, and need not have a body. */
    optionalBody?: true;
    /** The route reads a body of `multipart/form-data` by itself. */
    upload?: true;
  }
}

/** The configuration of a route that pages of any origin may request. */
export const PUBLIC: FastifyContextConfig = { public: true };

/** The beginning of the paths that are for the admin key alone. */
export const ADMIN_PATHS = '/v1/organization/';

/** The configuration of a route that is for the admin key alone. */
export const ADMIN: FastifyContextConfig = { admin: true };

/** The configuration of a route that speaks Anthropic's API. */
export const ANTHROPIC: FastifyContextConfig = { anthropic: true };

/** The configuration of a route to which files are uploaded. */
export const UPLOAD: FastifyContextConfig = { upload: true };

/** The configuration of a route that has one path in both APIs. */
export const EITHER: FastifyContextConfig = { anthropic: 'asked' };

/** A route, and a 405 with `allow` for every other method. */
export function route(
  app: FastifyInstance,
  method: Method,
  url: string,
  handler: Handler,
  config: FastifyContextConfig = {},
): void {
  routes(app, url, new Map([[method, handler]]), config);
}

/** The routes of one URL, and a 405 with `allow` for every other method. */
export function routes(
  app: FastifyInstance,
  url: string,
  handlers: ReadonlyMap<Method, Handler>,
  config: FastifyContextConfig = {},
): void {
  for (const [method, handler] of handlers) {
    app.route({
      method,
      url,
      config,
      handler,
      // Before the body is read: it may be long, and its sender has no business here.
      onRequest: (request, _reply, done) =>
        done(config.public === true ? undefined : refusalOf(request.raw, config.admin ? 'admin' : 'calls')),
    });
  }
  const allowed = [...handlers.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  refuseOtherMethods(app, url, allowed, config);
}
