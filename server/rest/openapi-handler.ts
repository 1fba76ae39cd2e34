/**
 * trpc-openapi's handler (trpc-to-openapi 3.3.0) answers the REST routes of procedures. This file runs it, and works
 * round its faults:
 *
 * - It makes each number, boolean and date of an input's schema coercing, for all doors and for good, so that the query
 *   `false` is true and null is 0 (since trpc/trpc-openapi#247). Here it sees only which fields are lists. So a query is
 *   coerced where the contract says it: `z.coerce.number()`, `z.stringbool()`.
 * - The bodies of its errors can't be replaced (mcampa/trpc-to-openapi#168, trpc/trpc-openapi#440, #205). `onError`
 *   throws, so that it makes none, and the failure is answered as on every other route.
 * - It leaves the parameters of a path encoded (mcampa/trpc-to-openapi#166), resolves `%2e%2e`, matches paths in any
 *   case, and takes the first path that fits before a better one. Fastify finds the route and its parameters; each
 *   procedure has a handler of its own, at the path `/`.
 * - It answers HEAD with an empty 204, and a wrong method with 404. Fastify answers both, and the handler gets the
 *   method that the contract names.
 * - It reads bodies without a limit or with one of 100 kB (trpc/trpc-openapi#342), overlooks one whose type has a
 *   charset, and takes no other type (mcampa/trpc-to-openapi#142). It gets bodies that were read, decoded and parsed.
 * - It reads no body of a DELETE (trpc/trpc-openapi#273). The fields of that body join those of the query.
 * - It drops empty values of a query, and `?constructor=` is a 500. It gets a query that was read, each value in a list.
 * - It knows no objects in a query. Their pairs are put together before it (`nested-query.ts`), and in the contract they
 *   are pipes, of whose insides its generator asks nothing.
 * - It makes a web `Request` of each request, for its signal. It gets one that is one already (`front-request.ts`).
 * - It copies a body, and holds it until the answer is there. In its eyes a procedure with a body has no input, and the
 *   request brings the body to the procedure.
 * - It calls procedures without a signal. The context has one.
 * - It can't stream, and skips subscriptions (trpc/trpc-openapi#429, #430, #443). The route answers `stream: true`
 *   before it.
 * - It generates the document whenever it is made, unless NODE_ENV is "production". It is made once for each procedure,
 *   of a router with nothing to document.
 */
import { createOpenApiNodeHttpHandler } from 'trpc-openapi';
import { z } from 'zod';
import { frontRouter, type Procedure } from '../trpc/procedure-internals.ts';
import { type Fields, FrontRequest, FrontResponse } from './front-request.ts';
import { nestQuery } from './nested-query.ts';

/** What a procedure is called with over REST. */
export interface RestCall {
  context: object;
  query: Fields;
  /** Fields of the body and of the path, decoded. They win over those of the query. */
  fields: Fields;
}

/** Answers with the JSON text of a procedure's answer. Rejects with what the procedure threw. */
export type RestHandler = (call: RestCall) => Promise<string>;

/** The handler of a procedure's REST route. */
export function createRestHandler(procedure: Procedure): RestHandler {
  const { method } = procedure.openapi!;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const input = hasBody ? z.void() : z.looseObject(Object.assign({}, ...procedure.inputs.map(listsOf)));
  const namesOf = (kind: Parameters<typeof fieldsOf>[1]): ReadonlySet<string> =>
    new Set(procedure.inputs.flatMap((schema) => fieldsOf(schema, kind)));
  const nested = { objects: namesOf(z.ZodRecord), lists: namesOf(z.ZodArray) };
  const router = frontRouter({ method, path: '/' }, input, (request: FrontRequest) => ({
    call: (given) => procedure.call(request.context, hasBody ? request.takeBody() : given),
  }));
  const handle = createOpenApiNodeHttpHandler({
    router: router as never,
    createContext: ({ req }) => {
      // Sound: it is what is handed over below.
      return req as never;
    },
    onError: ({ error }) => {
      // What is none of tRPC's comes wrapped.
      throw error.code === 'INTERNAL_SERVER_ERROR' ? (error.cause ?? error) : error;
    },
  });
  // Not an async function, which would keep the body until the answer is there.
  return ({ context, query, fields }) => {
    const request = new FrontRequest(
      method,
      context,
      hasBody ? { body: fields } : { query: { ...nestQuery(query, nested), ...fields } },
    );
    const response = new FrontResponse();
    return handle(request as never, response as never).then(() => response.text);
  };
}

/** The fields of an input that are lists: one value of a query is a list of one there. */
function listsOf(schema: z.ZodType): Record<string, z.ZodType> {
  return Object.fromEntries(fieldsOf(schema, z.ZodArray).map((name) => [name, z.array(z.string()).optional()]));
}

/** The names of an input's fields of one kind. */
function fieldsOf(schema: z.ZodType, kind: typeof z.ZodArray | typeof z.ZodRecord): string[] {
  const object = unwrapped(schema);
  if (!(object instanceof z.ZodObject)) return [];
  const fields = Object.entries(object.shape);
  return fields.filter(([, field]) => unwrapped(field) instanceof kind).map(([name]) => name);
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner: unknown = schema;
  for (;;) {
    if (inner instanceof z.ZodPipe) inner = inner.in;
    else if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault)
      inner = inner.unwrap();
    else break;
  }
  return inner as z.ZodType;
}
