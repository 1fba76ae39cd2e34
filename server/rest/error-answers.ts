import type { FastifyInstance, FastifyReply } from 'fastify';
import { TrestleError } from '../../shared/error.ts';
import { stateOf } from '../context.ts';
import { toTrestleError } from '../to-trestle-error.ts';
import { toAnswerHeaders, toErrorHeaders } from './headers.ts';

/** Fastify's own refusals, in our terms. */
const FASTIFY_ERRORS: Readonly<Record<string, () => TrestleError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new TrestleError('unsupported_media_type', 'The request body must be application/json'),
  FST_ERR_BAD_URL: () => new TrestleError('invalid_request', 'The URL is not valid'),
};

/** Makes every failure an OpenAI envelope, on every route. */
export function registerErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((thrown, _request, reply) => sendError(reply, thrown));
  app.setNotFoundHandler((request, reply) =>
    sendError(
      reply,
      new TrestleError('not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}`),
    ),
  );
}

export function sendError(reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = fromFastify(thrown) ?? toTrestleError(thrown);
  const state = stateOf(reply.request.raw);
  if (state) state.failure = error;
  return reply
    .code(error.status)
    .headers({ ...toAnswerHeaders(state), ...toErrorHeaders(error) })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error: error.toObject() }));
}

function fromFastify(thrown: unknown): TrestleError | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return Object.hasOwn(FASTIFY_ERRORS, code) ? FASTIFY_ERRORS[code]?.() : undefined;
}
