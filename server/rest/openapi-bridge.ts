import { createOpenApiNodeHttpHandler, type OpenApiMeta } from 'trpc-openapi';
import { z } from 'zod';
import type { Model, ModelRequest } from '../../shared/model.ts';
import type { Context } from '../context.ts';
import { appRouter } from '../router.ts';

/** An answer of a procedure: the JSON text, or what was thrown. */
export type Bridged = { json: string } | { thrown: unknown };

export interface BridgeCall {
  method: 'GET' | 'POST';
  /** Path and query. */
  url: string;
  /** Parsed already; undefined for a GET. */
  body: unknown;
  context: Context;
}

/**
 * A request as trpc-openapi reads one. It passes for a `Request`, because for anything else
 * trpc-openapi builds a real one, with the body turned to JSON again, just to have a signal.
 */
class BridgeRequest {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
  readonly context: Context;
  readonly headers = { get: (name: string) => (name === 'content-type' ? 'application/json' : null) };
  query: Record<string, unknown> | undefined = undefined;
  failed = false;
  thrown: unknown;

  constructor(call: BridgeCall) {
    this.method = call.method;
    this.url = call.url;
    this.body = call.body;
    this.signal = call.context.signal;
    this.context = call.context;
  }
}
Object.setPrototypeOf(BridgeRequest.prototype, Request.prototype);

type Handler = (
  request: BridgeRequest,
  response: { statusCode: number; setHeader(): void; end(text: string): void },
) => Promise<void>;

/** trpc-openapi hands path parameters on as they stand in the URL, where an alias like `vendor/model` is escaped. */
function createDecodingCaller(context: Context) {
  const { chat, models } = appRouter.createCaller(context);
  const retrieve = (input: ModelRequest): Promise<Model> =>
    models.retrieve({ ...input, model: decodeURIComponent(input.model) });
  return { chat, models: { list: models.list, retrieve } };
}

/**
 * The procedures as trpc-openapi is to see them: their routes, and of their inputs just what stands in the path. It
 * walks the input's schema at each request and makes what it finds coercing, in the schema that all doors share:
 * `stream: "false"` would be true and `temperature: null` 0. The procedure that is called then validates its input.
 */
function routesOf(): Record<string, object> {
  // Typed as a tree, but flat: `chat.complete` is a key.
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { meta?: OpenApiMeta } }>;
  return Object.fromEntries(
    Object.entries(procedures).map(([name, { _def: definition }]) => {
      const { path = '' } = definition.meta?.openapi ?? {};
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => [parameter, z.string()]);
      return [name, { _def: { ...definition, inputs: [z.looseObject(Object.fromEntries(inPath))] } }];
    }),
  );
}

/** Calls the procedures that have an OpenAPI route, by trpc-openapi's own handler and without a socket. */
export function createBridge(): (call: BridgeCall) => Promise<Bridged> {
  const options = {
    router: { ...appRouter, _def: { ...appRouter._def, procedures: routesOf() }, createCaller: createDecodingCaller },
    createContext: ({ req }: { req: BridgeRequest }) => req.context,
    onError: ({ req, error }: { req: BridgeRequest; error: unknown }) => {
      req.failed = true;
      req.thrown = error;
    },
  };
  // Sound: the handler touches only what BridgeRequest and the response below have (trpc-to-openapi 3.3.0, core.mjs).
  const handle = createOpenApiNodeHttpHandler(options as never) as unknown as Handler;

  return async (call) => {
    const request = new BridgeRequest(call);
    let json = '';
    await handle(request, {
      statusCode: 200,
      setHeader: () => undefined,
      end: (text) => {
        json = text;
      },
    });
    return request.failed ? { thrown: request.thrown } : { json };
  };
}
