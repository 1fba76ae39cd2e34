import type { BatchEndpoint, BatchError } from '../../shared/batch.ts';
import { TrestleError } from '../../shared/error.ts';
import { checkStructure } from '../calls/json-structure.ts';
import { isPlainObject } from '../calls/plain-object.ts';
import { readRequest } from './endpoints.ts';

/** A fault of a line, as OpenAI names it. */
export class LineError extends Error {
  override readonly name = 'LineError';
  readonly code: string;
  readonly param: string | null;

  constructor(code: string, message: string, param: string | null = null) {
    super(message);
    this.code = code;
    this.param = param;
  }

  toObject(line: number | null): BatchError {
    return { code: this.code, line, message: this.message, param: this.param };
  }
}

/** Reads the lines of one input file, whose `custom_id`s all differ. */
export class LineCheck {
  readonly #endpoint: BatchEndpoint;
  readonly #seen = new Set<string>();

  constructor(endpoint: BatchEndpoint) {
    this.#endpoint = endpoint;
  }

  /** The request of a line. Throws a {@link LineError}, or a `TrestleError` about its body. */
  read(text: string): object {
    const { custom_id: customId, method, url, body } = parseLine(text);
    if (typeof customId !== 'string' || customId === '') throw missing('custom_id', 'a text');
    if (this.#seen.has(customId)) {
      const message = `The custom_id '${customId}' is that of another request. Each request of a batch has its own.`;
      throw new LineError('duplicate_custom_id', message, 'custom_id');
    }
    this.#seen.add(customId);
    if (method !== 'POST') throw new LineError('invalid_method', "The method of a request is 'POST'.", 'method');
    if (url !== this.#endpoint) {
      const message = `The url of each request is the endpoint of the batch, '${this.#endpoint}'.`;
      throw new LineError('invalid_url', message, 'url');
    }
    if (!isPlainObject(body)) throw missing('body', 'an object');
    return readRequest(this.#endpoint, body);
  }
}

/** The fields of a line. Throws a {@link LineError} for one that is no object of JSON. */
export function parseLine(text: string): Record<string, unknown> {
  let line: unknown;
  try {
    checkStructure(text);
    line = JSON.parse(text);
  } catch {
    // Reported below, like a line that is not an object.
  }
  if (isPlainObject(line)) return line;
  throw new LineError('invalid_json_line', 'This line is not parseable as a JSON object.');
}

/** What was thrown about a line, where it is the caller's to mend; undefined for anything else. */
export function toLineError(thrown: unknown): LineError | undefined {
  if (thrown instanceof LineError) return thrown;
  if (!(thrown instanceof TrestleError) || thrown.status >= 500) return undefined;
  const param = thrown.param === null ? 'body' : `body.${thrown.param}`;
  return new LineError(thrown.code ?? 'invalid_request', thrown.message, param);
}

function missing(param: string, what: string): LineError {
  return new LineError('missing_required_parameter', `Each request has ${what} as its '${param}'.`, param);
}
