import { METHODS as NODE_METHODS } from 'node:http';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { TrestleError } from '../../shared/error.ts';

/** Every method that Node's HTTP parser knows but CONNECT, which has no path. */
export const METHODS: readonly string[] = NODE_METHODS.filter((method) => method !== 'CONNECT');

/** A 405 with `allow` for every other method of a route. */
export function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  allowed: readonly string[],
  config: FastifyContextConfig = {},
): void {
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    config,
    // Before the body is read: what it holds does not matter.
    onRequest: ({ method }, reply, done) => {
      reply.header('allow', allowed.join(', '));
      done(new TrestleError('method_not_allowed', `${method} is not allowed here; use ${allowed.join(' or ')}`));
    },
    handler: (_request, reply) => reply,
  });
}
