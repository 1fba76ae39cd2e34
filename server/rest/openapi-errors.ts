import type { ErrorResponse } from '../../shared/error-response.ts';
import { ERRORS, type ErrorKind, TrestleError } from '../../shared/error.ts';

/** What a caller of REST may read, and the field that it is about. Those without a status are the client's own. */
const MESSAGES: Readonly<Partial<Record<ErrorKind, readonly [message: string, param?: string]>>> = {
  invalid_request: ['The request body is not JSON: there is a comma too many at line 3, column 14.'],
  invalid_type: ["Invalid type for 'temperature': expected a number, got a string.", 'temperature'],
  missing_required_parameter: ["Missing required parameter: 'messages'.", 'messages'],
  invalid_value: ["Invalid value for 'temperature': expected at most 2.", 'temperature'],
  unsupported_parameter: ["modalities can't be honoured: Claude answers in text alone", 'modalities'],
  context_length_exceeded: ['The prompt is longer than the context window of the model', 'messages'],
  previous_response_not_found: ["Previous response with id 'resp_1' not found.", 'previous_response_id'],
  invalid_api_key: ['Incorrect API key provided'],
  admin_only: ['This needs the admin key, which is the TRESTLE_ADMIN_KEY of the server'],
  model_not_allowed: ["This API key may not use the model 'claude-opus-5-5'", 'model'],
  origin_not_allowed: ['Pages of https://app.example.com may not call this server'],
  model_not_found: ["The model 'claude-sonet-5-5' does not exist; did you mean 'claude-sonnet-5-5'?", 'model'],
  not_found: ['There is no GET /v1/nothing'],
  method_not_allowed: ['GET is not allowed here'],
  idempotency_conflict: ['The Idempotency-Key was used for another request'],
  stream_not_resumable: ['The stream is no longer kept'],
  request_too_large: ['The request is larger than 33554432 bytes'],
  unsupported_media_type: ['The request body must be application/json'],
  rate_limit_exceeded: ['Claude takes no more requests for now'],
  insufficient_quota: ["The server's credit at Claude is used up"],
  internal: ['The server failed'],
  upstream_authentication: ["Claude refuses the server's key"],
  upstream_error: ["Claude's answer broke off"],
  overloaded: ['Claude is overloaded'],
  too_many_streams: ['Too many streams are running'],
  draining: ['The server is stopping'],
  upstream_timeout: ['Claude did not answer in time'],
};

/** An error of each kind that the REST routes answer with, for the document's `components.examples`. */
export const ERROR_EXAMPLES: Readonly<Record<string, { value: ErrorResponse }>> = Object.fromEntries(
  Object.entries(MESSAGES).map(([kind, [message, param]]) => [
    kind,
    { value: { error: new TrestleError(kind as ErrorKind, message, { param }).toObject() } },
  ]),
);

/** The kinds of errors with a status. */
export function kindsOf(status: number): string[] {
  return Object.keys(ERROR_EXAMPLES).filter((kind) => ERRORS[kind as ErrorKind].status === status);
}
