import type { FastifyInstance, FastifyReply } from 'fastify';
import { TrestleError } from '../../shared/error.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { toAnswerHeaders, toErrorHeaders } from './answer-headers.ts';
import { type ErrorAnswer, toAnthropicAnswer } from './anthropic-error.ts';
import { answerEarly } from './early-answer.ts';
import { notFound } from './not-found.ts';
import { stateOf } from './request-state.ts';

const ANTHROPIC_PATH = '/v1/messages';

/** Fastify's own refusals, in our terms. */
const FASTIFY_ERRORS: Readonly<Record<string, () => TrestleError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: notJson,
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: notJson,
  FST_ERR_MAX_PARAM_LENGTH: () => new TrestleError('not_found', 'There is nothing at a path with so long a part'),
  FST_ERR_BAD_URL: () => new TrestleError('invalid_request', 'The URL is not valid'),
};

/** 415 for a body of a type that the route does not take. */
export function notJson(): TrestleError {
  return new TrestleError('unsupported_media_type', 'The request body must be application/json');
}

/** Makes every failure an envelope, on every route: OpenAI's, or Anthropic's where its API is spoken. */
export function registerErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((thrown, _request, reply) => sendError(reply, thrown));
  app.setNotFoundHandler((request, reply) => sendError(reply, notFound(request.method, request.url)));
}

export function sendError(reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = fromFastify(thrown) ?? toTrestleError(thrown);
  const state = stateOf(reply.request.raw);
  if (state) state.failure = error;
  const { status, body, headers } = toErrorAnswer(reply, error);
  reply
    .code(status)
    .headers({
      ...toAnswerHeaders(state),
      ...toErrorHeaders(error),
      ...headers,
    })
    .type('application/json; charset=utf-8');
  return hasMoreToCome(reply) ? answerEarly(reply, body) : reply.send(body);
}

/** A failure as it is told to this request's caller. */
export function toErrorAnswer(reply: FastifyReply, error: TrestleError): ErrorAnswer {
  if (speaksAnthropic(reply)) return toAnthropicAnswer(error, stateOf(reply.request.raw)?.requestId);
  return { status: error.status, body: JSON.stringify({ error: error.toObject() }), headers: {} };
}

/** Whether a request is for Anthropic's API: its route says so, or leaves it to the caller, as does a path where nothing is. */
export function speaksAnthropic({ request }: FastifyReply): boolean {
  const { config, url } = request.routeOptions;
  if (config.anthropic !== 'asked' && url !== undefined) return config.anthropic === true;
  return request.headers['anthropic-version'] !== undefined || request.url.startsWith(ANTHROPIC_PATH);
}

/** Whether a part of the request's body has not been read yet. */
function hasMoreToCome({ request: { raw } }: FastifyReply): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
  return !raw.complete && (encoding !== undefined || Number(length) > 0);
}

function fromFastify(thrown: unknown): TrestleError | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return Object.hasOwn(FASTIFY_ERRORS, code) ? FASTIFY_ERRORS[code]?.() : undefined;
}
