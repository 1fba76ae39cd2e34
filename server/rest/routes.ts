import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { beforeFirst, parseEventId } from '../../shared/event-id.ts';
import type { ModelList } from '../../shared/model.ts';
import { aliasesFor, idOf } from '../access/model-access.ts';
import { notKept } from '../answers/answer.ts';
import { checkInputSize } from '../calls/input-size.ts';
import { isPlainObject } from '../calls/plain-object.ts';
import { fromResponsesBody } from '../claude/request/from-responses-body.ts';
import { isOwnClient } from '../http/keep-alive.ts';
import { stateOf } from '../http/request-state.ts';
import { ADMIN, ADMIN_PATHS, EITHER, type Handler, type Method, route, routes, UPLOAD } from '../http/route.ts';
import type { Services } from '../services.ts';
import type { Procedure } from '../trpc/procedure-internals.ts';
import { procedures } from '../trpc/routers/app-router.ts';
import { toAnthropicModels } from './anthropic-models.ts';
import { toCodexModels } from './codex-models.ts';
import { contentHandler, uploadHandler } from './files-routes.ts';
import { lastEventIdOf } from './last-event-id.ts';
import { createRestHandler } from './openapi-handler.ts';
import { repeatOf } from './repeat-of.ts';
import { createRestContext, isNamed } from './rest-context.ts';
import { sendAnswer } from './send-answer.ts';
import { UNTIL_CONTENT_MS, UNTIL_CONTENT_OWN_CLIENT_MS, untilFoundMs, writeEvents } from './write-events.ts';

/** The subscription that answers in place of a procedure where the body, or the query of a GET, asks for a stream. */
const STREAMS: Readonly<Record<string, string>> = {
  'chat.complete': 'chat.stream',
  'responses.create': 'responses.stream',
  'responses.retrieve': 'responses.resume',
};

/** Azure's route, which names the model in its path. */
const AZURE = { procedure: 'chat.complete', url: '/openai/deployments/:model/chat/completions' };

/** Configurations of routes: of those that Anthropic's API has as well, and of the one to which files are uploaded. */
const CONFIGS: Readonly<Record<string, FastifyContextConfig>> = {
  '/v1/models': EITHER,
  '/v1/models/:model': EITHER,
  '/v1/files': UPLOAD,
};

/** OpenAI's routes: those of the procedures, Azure's, and those by which a caller comes back to a stream. */
export function registerRestRoutes(app: FastifyInstance, services: Services): void {
  registerProcedures(app, services, procedures, {
    more: [AZURE],
    own: new Map([['/v1/files', new Map([['POST', uploadHandler(services)]])]]),
  });
  route(app, 'GET', '/v1/files/:id/content', contentHandler(services));
  const resume = (request: FastifyRequest, reply: FastifyReply, which: object): Promise<FastifyReply> =>
    comeBack(services, request, reply, procedures.get('chat.resume')!, which);
  route(app, 'GET', '/v1/chat/completions/:id/events', (request, reply) => {
    const { id } = request.params as { id: string };
    const lastEventId = lastEventIdOf(request) ?? beforeFirst(id);
    if (typeof lastEventId !== 'string' || parseEventId(lastEventId)?.id !== id) throw notKept();
    return resume(request, reply, { lastEventId });
  });
  route(app, 'GET', '/v1/chat/completions/events', (request, reply) =>
    resume(request, reply, { idempotencyKey: request.headers['idempotency-key'] }),
  );
}

export interface MoreRoutes {
  /** Other routes of procedures. */
  more?: readonly { procedure: string; url: string }[];
  /** Routes beside those of procedures, at the same URLs. */
  own?: ReadonlyMap<string, ReadonlyMap<Method, Handler>>;
}

/** The REST routes that the procedures' `openapi` names, and others. */
export function registerProcedures(
  app: FastifyInstance,
  services: Services,
  procedures: ReadonlyMap<string, Procedure>,
  { more = [], own = new Map() }: MoreRoutes = {},
): void {
  const byUrl = new Map([...own].map(([url, handlers]) => [url, new Map(handlers)]));
  const add = (url: string, procedure: Procedure): void => {
    const handlers = byUrl.get(url) ?? new Map<Method, Handler>();
    byUrl.set(url, handlers.set(procedure.openapi!.method, answerBy(procedure, url)));
  };
  const answerBy = (procedure: Procedure, url: string): Handler => {
    const handle = createRestHandler(procedure);
    const stream = procedures.get(STREAMS[procedure.name] ?? '');
    const isRead = procedure.openapi!.method === 'GET';
    const takesChat = procedure.inputs.includes(ChatCompletionRequest);
    // Not an async function, which would keep the input until the answer is there.
    return (request, reply) => {
      const body = toBody(request);
      const sent = takesChat ? fromResponsesBody(body) : body;
      request.body = undefined;
      checkInputSize(sent);
      const fields = url.includes(':') ? { ...sent, ...(request.params as object) } : sent;
      const context = createRestContext(services, request, isNamed(request));
      const query = request.query as Record<string, unknown>;
      if (stream !== undefined && isRead && query['stream'] === 'true')
        return comeBack(services, request, reply, stream, { ...query, ...fields });
      if (stream !== undefined && fields['stream'] === true) {
        const holdMs = isOwnClient(request.headers) ? UNTIL_CONTENT_OWN_CLIENT_MS : UNTIL_CONTENT_MS;
        return writeEvents(context, stream.call(context, fields), reply, holdMs);
      }
      if (stream !== undefined && !isRead && services.config.joinRetries)
        context.repeat = repeatOf(request.raw, procedure.name, fields);
      const answer = handle({ context, query, fields });
      const shape = shapeOf(services, procedure, request);
      return sendAnswer(
        shape ? answer.then((json) => JSON.stringify(shape(JSON.parse(json) as ModelList))) : answer,
        reply,
        services.config.wholeAnswerHoldMs,
      );
    };
  };
  for (const procedure of procedures.values()) {
    const { openapi } = procedure;
    if (openapi !== undefined) add(openapi.path.replaceAll(/\{(\w+)\}/g, ':$1'), procedure);
  }
  for (const { procedure, url } of more) add(url, procedures.get(procedure)!);
  for (const [url, handlers] of byUrl) routes(app, url, handlers, configOf(url));
}

function configOf(url: string): FastifyContextConfig {
  return { ...CONFIGS[url], ...(url.startsWith(ADMIN_PATHS) && ADMIN), ...(ORDER.test(url) && { optionalBody: true }) };
}

/** How clients that say who they are get models, where it is not OpenAI's shape; undefined for all others. */
function shapeOf(
  { modelAliases, catalogue }: Services,
  { name }: Procedure,
  request: FastifyRequest,
): ((answer: ModelList) => object) | undefined {
  if (name !== 'models.list' && name !== 'models.retrieve') return undefined;
  const query = request.query as Record<string, unknown>;
  const names = aliasesFor(stateOf(request.raw)?.admission.caller?.access.aliases ?? {}, modelAliases);
  const modelOf = (model: string): string => idOf(model, names) ?? model;
  if (request.headers['anthropic-version'] !== undefined)
    return (answer) => toAnthropicModels(answer, query, (model) => catalogue.infoOf(modelOf(model)));
  const isCodex = name === 'models.list' && query['client_version'] !== undefined;
  return isCodex ? (list) => ({ ...list, models: toCodexModels(list, modelOf) }) : undefined;
}

/** The events of an answer that has begun, for a caller that comes back to it. */
function comeBack(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  resume: Procedure,
  which: object,
): Promise<FastifyReply> {
  const context = createRestContext(services, request, true);
  return writeEvents(context, resume.call(context, which), reply, untilFoundMs(services));
}

/** The fields of the body. A GET and a HEAD have none, and a DELETE may, as may a POST that says all in its path. */
function toBody({ method, body, routeOptions }: FastifyRequest): Record<string, unknown> {
  if (isPlainObject(body)) return body;
  if ((body ?? null) === null && (routeOptions.config.optionalBody === true || BODILESS.has(method))) return {};
  throw new TrestleError('invalid_type', 'The request body must be a JSON object');
}

/** The paths of orders, which say all. */
const ORDER = /\/(?:cancel|archive|rotate)$/;
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);
