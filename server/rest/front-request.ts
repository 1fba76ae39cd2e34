/**
 * What trpc-openapi's handler (trpc-to-openapi 3.3.0, node-http/core.ts) reads of a request, and what it does to a
 * response: as much of the two as it needs, and no more. None of it is documented; each of the fields says why it is.
 *
 * This buys 160 µs of CPU a small whole answer (408 to 248 in one run): of a request of Node's the handler makes a web
 * `Request`, for its signal alone, and writes the parsed body out as JSON for it. `test/rest/openapi-handler.test.ts`
 * fails when the handler comes to read anything else. Without this file it takes Fastify's `request.raw` with the
 * parsed body as its `body`, and a response whose `end` is caught.
 */

export type Fields = Record<string, unknown>;

const JSON_HEADERS = { get: (): string => 'application/json' };

/** A request for a procedure, and the context of its call. */
export class FrontRequest {
  readonly method: string;
  /** The one path of the handler. Of a scheme without hosts, which takes half the time to parse. */
  readonly url = 'rest:/';
  /** Bodies are read already, and are JSON. */
  readonly headers = JSON_HEADERS;
  /** The context has one; the handler makes none for what is a web `Request`. */
  readonly signal = undefined;
  /** Of a method without a body: the handler makes the input of it. */
  readonly query: Fields | undefined;
  readonly context: object;
  #body: Fields | undefined;

  constructor(method: string, context: object, { query, body }: { query?: Fields; body?: Fields }) {
    this.method = method;
    this.context = context;
    this.query = query && inLists(query);
    this.#body = body;
  }

  /** The body, once: the handler would copy it, and hold it until the answer is there. */
  takeBody(): Fields | undefined {
    const body = this.#body;
    this.#body = undefined;
    return body;
  }
}
Object.setPrototypeOf(FrontRequest.prototype, Request.prototype);

/** The handler takes a list of one for its value, and drops a value that is empty. */
function inLists(query: Fields): Fields {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]]));
}

/** Keeps the text of an answer. Status and headers are those of every route, and set elsewhere. */
export class FrontResponse {
  statusCode = 0;
  text = '';

  setHeader(): void {}

  /** A procedure that answers with nothing has no text. */
  end(text = 'null'): void {
    this.text = text;
  }
}
