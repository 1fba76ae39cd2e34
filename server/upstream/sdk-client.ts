import { Anthropic } from '@anthropic-ai/sdk';
import type { AnthropicVersion } from '../claude/messages-api.ts';
import type { WrittenRequest } from './claude.ts';
import { LongText } from './long-text.ts';
import type { UpstreamRequest } from './transport.ts';

export interface SdkClientOptions {
  /** Without a slash at its end. */
  baseUrl: string;
  authorization: { apiKey: string } | { authToken: string };
}

/** A request before the SDK has made it ready to send. */
export interface SdkRequest {
  method: 'get' | 'post' | 'delete';
  /** Below the base URL, with its query. */
  path: string;
  /** Names the headers of ours; or the caller's own headers, for a request that is passed through. */
  version: AnthropicVersion | Readonly<Record<string, string>>;
  /** Sent as it is. */
  json: WrittenRequest['json'] | undefined;
}

/** Sends a request that the SDK has made. */
type Send<T> = (request: UpstreamRequest) => Promise<T>;

/**
 * Anthropic's SDK as far as it makes requests: what is sent where, and with which credentials. They leave through our
 * `fetch` over our transport, and answers come back past the SDK: retries, time-outs, errors and streams are ours.
 *
 * Two methods are overridden for speed alone. `buildRequest`: the SDK makes several sets of web `Headers` for each request,
 * and ours are made once for each version. `fetchWithTimeout`: its AbortController and timer have nothing to end. Of the CPU
 * of a request through this class alone, in a loop, they take 1.4 µs; the first override saves 22 µs, the second 4.
 * Without them the same requests are sent, slower.
 *
 * The environment has no say here. Whatever the SDK would read from a variable or a profile is given as an option, but for
 * ANTHROPIC_CUSTOM_HEADERS; and `fetch` passes on our own headers by name, so that neither those nor what the SDK
 * tells of itself and the machine (`x-stainless-*`) are sent.
 */
export class SdkClient extends Anthropic {
  readonly #headers: Readonly<Record<AnthropicVersion, OwnHeaders>>;
  readonly #secret: string;

  constructor({ baseUrl, authorization }: SdkClientOptions) {
    super({
      baseURL: baseUrl,
      ...authorization,
      webhookKey: null,
      maxRetries: 0,
      logLevel: 'off',
      openTelemetry: false,
      fetch: leave as unknown as typeof fetch,
    });
    const secret = secretOf(authorization);
    this.#secret = secret;
    this.#headers = {
      '2026-10-21': new OwnHeaders(fieldsOf('2026-10-21', secret)),
      '2023-06-01': new OwnHeaders(fieldsOf('2023-06-01', secret)),
    };
  }

  /** Has the SDK make a request and sends it by `send`, whose outcome this is. */
  async sendBy<T>(send: Send<T>, { method, path, version, json }: SdkRequest): Promise<T> {
    const headers =
      typeof version === 'string' ? this.#headers[version] : { ...fieldsOf('2023-06-01', this.#secret), ...version };
    const names = headers instanceof OwnHeaders ? OWN_NAMES : Object.keys(headers);
    const passed: unknown = await this.request({
      method,
      path,
      body: json,
      headers,
      // Sound: the SDK hands them to `fetch` as they are, as it does with undici's own.
      fetchOptions: { send, names } as object,
    }).asResponse();
    return await (passed as Passed<T>).outcome;
  }

  override buildRequest(options: Parameters<Anthropic['buildRequest']>[0]): ReturnType<Anthropic['buildRequest']> {
    const { method, path, body, headers, fetchOptions } = options;
    const own = { method, headers: headers as Init['headers'] & Headers, body: body as SdkRequest['json'] };
    return Promise.resolve({ req: Object.assign(own, fetchOptions), url: this.baseURL + path, timeout: this.timeout });
  }

  override fetchWithTimeout(...[url, init]: Parameters<Anthropic['fetchWithTimeout']>): Promise<Response> {
    return leave(url as string, init as unknown as Init) as Promise<unknown> as Promise<Response>;
  }
}

/** The secret in the credentials for Claude. */
export function secretOf(authorization: SdkClientOptions['authorization']): string {
  return 'apiKey' in authorization ? authorization.apiKey : authorization.authToken;
}

/** The headers of a request, as the SDK takes them and as they are sent. */
class OwnHeaders extends Headers {
  readonly fields: Readonly<Record<string, string>>;

  constructor(fields: Record<string, string>) {
    super(fields);
    this.fields = fields;
  }
}

function fieldsOf(version: AnthropicVersion, secret: string): Record<string, string> {
  return {
    accept: 'application/json',
    'anthropic-version': version,
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    'user-agent': 'trestle',
  };
}

const OWN_NAMES = Object.keys(fieldsOf('2026-10-21', ''));

/** What the SDK hands to `fetch`. */
interface Init {
  method: string;
  send: Send<unknown>;
  /** The headers that are sent; those that the SDK adds for itself are not. */
  names: readonly string[];
  headers: Headers | Readonly<Record<string, string>>;
  body?: SdkRequest['json'];
}

/** The SDK's `fetch`. */
function leave(url: string, { method, send, names, headers, body }: Init): Promise<Passed<unknown>> {
  const fields = fieldsIn(headers, names);
  const sent = send({
    // Sound: the methods of `SdkRequest`, which the SDK may have written in capitals.
    method: method.toUpperCase() as UpstreamRequest['method'],
    url,
    headers: fields,
    body: typeof body === 'string' ? new LongText(body) : (body ?? null),
  });
  return Promise.resolve(new Passed(sent));
}

function fieldsIn(headers: Init['headers'], names: readonly string[]): Readonly<Record<string, string>> {
  if (headers instanceof OwnHeaders) return headers.fields;
  if (!(headers instanceof Headers)) return headers;
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? '']));
}

/** The part of `Headers` that the SDK looks at. */
const NO_HEADERS = { entries: () => [] };

/**
 * What the SDK takes for a response, and a good one. The real one may be minutes away and is none of its business: so
 * neither its timer nor its variables, with the request in them, wait for that, and a failure comes back as it was thrown.
 */
class Passed<T> {
  readonly ok = true;
  readonly status = 200;
  readonly headers = NO_HEADERS;
  readonly body = null;
  readonly outcome: Promise<T>;

  constructor(outcome: Promise<T>) {
    this.outcome = outcome;
  }
}
