import { type ErrorKind, TrestleError } from '../../shared/error.ts';

/** A failure that Claude reported, over HTTP or inside a stream. */
export interface ClaudeFailure {
  /** HTTP status; undefined inside a stream, where the type alone tells. */
  status?: number | undefined;
  type?: string | undefined;
  errorCode?: string | undefined;
  /** Claude's own text, without the JSON around it. */
  message?: string | undefined;
  /** Whole seconds. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

const STATUS_BY_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

const SPEND_LIMITS: ReadonlySet<string> = new Set(['enforced_spend_limit_reached', 'contract_spend_limit_reached']);

/** Claude reports a user-set spend limit as a plain 400, told apart by its text alone. */
const SPEND_LIMIT_TEXT = /specified (API )?usage limits/i;

/** As is the operator's credit, and a prompt that is longer than the model's window. */
const CREDIT_TEXT = /credit balance is too low/i;
const WINDOW_TEXT = /^(?:[a-z_]+: )?(?:prompt is too long|input length and `max_tokens` exceed context limit)/i;
const GRAMMAR_TEXT = /schema is too complex|too complex for compilation/i;

/** Claude's own text goes to callers no longer than this. */
const MAX_TEXT_LENGTH = 1000;

/** Our field for Claude's, where the names differ. */
const PARAMS: Readonly<Record<string, string>> = {
  system: 'messages',
  stop_sequences: 'stop',
  thinking: 'reasoning_effort',
  output_config: 'response_format',
};

/** The error that callers see for a failure of Claude's, with its status, type and code as design.md's table has them. */
export function fromClaudeError(failure: ClaudeFailure): TrestleError {
  const { retryAfter, cause } = failure;
  const status = failure.status ?? STATUS_BY_TYPE[failure.type ?? ''] ?? 502;
  const told = failure.message ?? '';
  const text = told.length > MAX_TEXT_LENGTH ? `${told.slice(0, MAX_TEXT_LENGTH)}…` : told;
  const make = (kind: ErrorKind, message: string, param?: string): TrestleError =>
    new TrestleError(kind, message, { cause, retryAfter, param });

  switch (status) {
    case 400:
    case 422:
      if (SPEND_LIMIT_TEXT.test(text))
        return make('insufficient_quota', "The spend limit of the server's Claude account is reached");
      if (CREDIT_TEXT.test(text))
        return make('insufficient_quota', "The credit of the server's Claude account is used up");
      if (WINDOW_TEXT.test(text))
        return make('context_length_exceeded', `The request is longer than the model's window: ${text}`, 'messages');
      return fromInvalidRequest(text, make);
    case 401:
    case 403:
      return make('upstream_authentication', "Claude refused the server's credentials");
    case 402:
      return make('insufficient_quota', "The server's Claude account can't be billed");
    case 404:
      return make('model_not_found', 'Claude does not know this model, or the server has no access to it', 'model');
    case 413:
      return make('request_too_large', 'The request is larger than Claude takes');
    case 429:
      if (SPEND_LIMITS.has(failure.errorCode ?? '')) {
        return make('insufficient_quota', "The spend limit of the server's Claude account is reached");
      }
      return make('rate_limit_exceeded', 'Claude is limiting the rate of requests; try again later');
    case 500:
      return make('internal', 'Claude had an internal error');
    case 503:
    case 529:
      return make('overloaded', 'Claude is overloaded; try again later');
    case 408:
    case 504:
      return make('upstream_timeout', 'Claude took too long to answer');
    default:
      return make('upstream_error', 'Claude gave an answer that could not be understood');
  }
}

/** Whether Claude could not make a grammar of a schema, so that the same request may be taken without. */
export function isGrammarRefusal(error: unknown): boolean {
  return error instanceof TrestleError && error.status === 400 && GRAMMAR_TEXT.test(error.message);
}

/** Claude names the field before a colon; its indices count Claude's turns, so only the field's name is kept. */
function fromInvalidRequest(
  text: string,
  make: (kind: ErrorKind, message: string, param?: string) => TrestleError,
): TrestleError {
  const [, path, reason] = /^([a-z_]+)(?:\.[\w.[\]]+)?: (.+)$/s.exec(text) ?? [];
  const field = path === undefined ? undefined : (PARAMS[path] ?? path);
  const message = reason ?? text;
  return make(
    'invalid_request',
    `Claude refused the request: ${message === '' ? 'no reason was given' : message}`,
    field,
  );
}
