/**
 * What trpc-openapi's handler (trpc-to-openapi 3.3.0, node-http/core.ts) reads of a request, and what it does to a
 * response: as much of the two as it needs, and no more. None of it is documented; each of the fields says why it is.
 *
 * This buys FIGURE: from a request of Node's the handler makes a web `Request` for its signal alone, with the parsed
 * body written out as JSON once more. `test/rest/openapi-handler.test.ts` fails when it comes to read anything else.
 * Without this file the handler takes Fastify's own `request.raw`, with the parsed body as `body`, and a response
 * whose `end` is caught.
 */

export type Fields = Record<string, unknown>;

const NO_FIELDS = {};
const JSON_HEADERS = { get: (): string => 'application/json' };

/** A request for a procedure, and the context of its call. The handler makes no signal for what is a web `Request`. */
export class FrontRequest {
  readonly method: string;
  readonly url = '/';
  /** Bodies are read already, and are JSON. */
  readonly headers = JSON_HEADERS;
  /** The context has one. */
  readonly signal = undefined;
  /** The handler copies the fields of a body, and holds them until the answer is there: {@link take} gives them. */
  readonly body = NO_FIELDS;
  readonly query: Fields | undefined;
  readonly context: object;
  #fields: Fields | undefined;

  /** @param query of a method without a body; the handler makes the input of it */
  constructor(method: string, context: object, fields: Fields, query: Fields | undefined) {
    this.method = method;
    this.context = context;
    this.#fields = fields;
    this.query = query && inLists(query);
  }

  /** The fields of the body, once. */
  take(): Fields | undefined {
    const fields = this.#fields;
    this.#fields = undefined;
    return fields;
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
