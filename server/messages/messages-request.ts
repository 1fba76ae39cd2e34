import type { IncomingHttpHeaders } from 'node:http';
import { visit } from 'jsonc-parser';
import { TrestleError } from '../../shared/error.ts';
import { parseBody } from '../calls/parse-body.ts';
import { isPlainObject } from '../calls/plain-object.ts';

/** A request of Claude's own API, as it is passed on. */
export interface MessagesRequest {
  /** The body as it came. */
  json: string;
  /** The model asked for. */
  model: string;
  stream: boolean;
  /** The headers that go with it. */
  headers: Readonly<Record<string, string>>;
}

/** Headers of a caller's that Claude reads, or that tell what calls. */
const PASSED = /^(?:anthropic-(?:version|beta)|accept|user-agent|x-app|x-stainless-.+)$/;
/** The version that Anthropic's clients send; a request without one gets it. */
const VERSION = '2023-06-01';

/** The headers that are passed on with a request. */
export function passedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed: Record<string, string> = { 'anthropic-version': VERSION };
  for (const [name, value] of Object.entries(headers))
    if (PASSED.test(name) && typeof value === 'string') passed[name] = value;
  return passed;
}

/**
 * What makes two requests the same one: a client that tries again counts its tries in a header, and may be another
 * release of itself by then.
 */
export function identityOf({ json, headers }: MessagesRequest): object {
  return { json, version: headers['anthropic-version'], betas: headers['anthropic-beta'] };
}

/** Reads what has to be known of a body. Throws a 400 that names the field. */
export function readMessagesRequest(json: string, headers: MessagesRequest['headers']): MessagesRequest {
  const body = parseBody(json);
  if (!isPlainObject(body)) throw new TrestleError('invalid_type', 'The request body must be a JSON object');
  const { model, stream } = body;
  if (typeof model !== 'string') {
    const kind = model === undefined ? 'missing_required_parameter' : 'invalid_type';
    throw new TrestleError(
      kind,
      model === undefined ? 'model: Field required' : 'model: Input should be a valid string',
      {
        param: 'model',
      },
    );
  }
  return { json, model, stream: stream === true, headers };
}

/** The body with another model, and nothing else changed: the bytes around the name stay as they are. */
export function withModel(json: string, model: string): string {
  let place: { offset: number; length: number } | undefined;
  let depth = 0;
  let isModel = false;
  visit(json, {
    onObjectBegin: () => void (depth += 1),
    onObjectEnd: () => void (depth -= 1),
    onArrayBegin: () => void (depth += 1),
    onArrayEnd: () => void (depth -= 1),
    onObjectProperty: (name) => void (isModel = depth === 1 && name === 'model'),
    onLiteralValue: (_value, offset, length) => {
      // Of several fields of one name the last one counts.
      if (isModel && depth === 1) place = { offset, length };
      isModel = false;
    },
  });
  if (place === undefined) return json;
  return json.slice(0, place.offset) + JSON.stringify(model) + json.slice(place.offset + place.length);
}
