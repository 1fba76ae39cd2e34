import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { ClaudeRefusal } from './claude-refusal.ts';

let requestCount = 0;

/** Headers that every answer carries. */
export function commonHeaders(): Record<string, string> {
  requestCount += 1;
  return {
    'request-id': `req_fake${String(requestCount).padStart(20, '0')}`,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000001',
  };
}

/** 401 unless the one right key came; `x-api-key` wins over `authorization`. */
export function refusalForHeaders(headers: IncomingHttpHeaders, apiKey: string): ClaudeRefusal | null {
  const own = headers['x-api-key'];
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (own === undefined && bearer === undefined) return unauthenticated('x-api-key header is required');
  if (own !== undefined) return own === apiKey ? null : unauthenticated('invalid x-api-key');
  return bearer === apiKey ? null : unauthenticated('invalid bearer token');
}

function unauthenticated(message: string): ClaudeRefusal {
  return { status: 401, type: 'authentication_error', message };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    ...commonHeaders(),
    ...headers,
  });
  response.end(json);
}

export function sendError(
  response: ServerResponse,
  refusal: ClaudeRefusal,
  headers: Record<string, string> = {},
): void {
  const common = commonHeaders();
  const { type, message } = refusal;
  const body = { type: 'error', error: { type, message }, request_id: common['request-id'] };
  sendJson(response, refusal.status, body, { ...common, ...headers });
}

const TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const MESSAGES: Record<string, string> = {
  overloaded_error: 'Overloaded',
  rate_limit_error: 'This request would exceed your organization\u2019s rate limit.',
  api_error: 'Internal server error',
};

/** The error that Claude gives with this status, for scripts that name no body. */
export function errorOfStatus(status: number): ClaudeRefusal {
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return { status, type, message: MESSAGES[type] ?? type };
}
