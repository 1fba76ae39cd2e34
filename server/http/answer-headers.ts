import type { TrestleError } from '../../shared/error.ts';
import type { Notice } from '../../shared/notice.ts';
import type { LimitState } from '../calls/call.ts';
import type { RequestState } from './request-state.ts';

export type Headers = Record<string, string>;

/** Node's own limit for all headers of an answer is 16 KiB on most clients. */
const MAX_NOTICES_LENGTH = 4000;

/** What OpenAI's clients read, from what Claude sent. */
const RATE_LIMITS = ['requests', 'tokens'].map((name) => ({
  limit: { from: `anthropic-ratelimit-${name}-limit`, to: `x-ratelimit-limit-${name}` },
  remaining: { from: `anthropic-ratelimit-${name}-remaining`, to: `x-ratelimit-remaining-${name}` },
  reset: { from: `anthropic-ratelimit-${name}-reset`, to: `x-ratelimit-reset-${name}` },
}));

const CLAUDES_LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((name) =>
  ['limit', 'remaining', 'reset'].map((what) => `anthropic-ratelimit-${name}-${what}`),
);

/** Names that browsers may read across origins. */
export const EXPOSED_HEADERS = [
  'x-request-id',
  'x-upstream-request-id',
  'x-trestle-notices',
  'x-trestle-cost',
  'openai-processing-ms',
  'retry-after',
  'request-id',
  'x-should-retry',
  ...RATE_LIMITS.flatMap(({ limit, remaining, reset }) => [limit.to, remaining.to, reset.to]),
  ...CLAUDES_LIMITS,
];

/** Headers of an answer: how long it took, what became of the request, and Claude's limits in OpenAI's form. */
export function toAnswerHeaders(state: RequestState | undefined): Headers {
  if (state === undefined) return {};
  const [record] = state.records;
  const headers = toUpstreamHeaders(record?.upstreamHeaders ?? {});
  if (record?.limits) Object.assign(headers, tighterThan(headers, record.limits));
  headers['openai-processing-ms'] = String(Math.round(performance.now() - state.startedAt));
  const cost = record?.usage?.cost;
  if (cost !== undefined) headers['x-trestle-cost'] = cost === null ? 'unknown' : toDecimal(cost);
  if (record && record.notices.length > 0) headers['x-trestle-notices'] = toNoticesHeader(record.notices);
  return state.ownHeaders ? Object.assign(headers, state.ownHeaders()) : headers;
}

export function toErrorHeaders(error: TrestleError): Headers {
  const headers = toUpstreamHeaders(error.headers ?? {});
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  return headers;
}

/** `temperature=clamped, seed=ignored`. Field names are a caller's text, so all but plain characters are escaped. */
export function toNoticesHeader(notices: readonly Notice[]): string {
  let text = '';
  for (const [index, { param, action }] of notices.entries()) {
    const entry = `${escapeName(param)}=${action}`;
    const separator = text === '' ? '' : ', ';
    if (text.length + entry.length > MAX_NOTICES_LENGTH) return `${text}${separator}and=${notices.length - index}-more`;
    text += separator + entry;
  }
  return text;
}

function escapeName(name: string): string {
  if (/^[\w.]+$/.test(name)) return name;
  // By way of UTF-8: half a surrogate pair can't be escaped, and becomes U+FFFD.
  return encodeURIComponent(Buffer.from(name).toString()).replaceAll(/%5[BD]/g, decodeURIComponent);
}

function toUpstreamHeaders(upstream: Readonly<Headers>): Headers {
  const headers: Headers = {};
  const requestId = upstream['request-id'];
  if (requestId !== undefined) headers['x-upstream-request-id'] = requestId;
  for (const { limit, remaining, reset } of RATE_LIMITS) {
    const [most, left, at] = [upstream[limit.from], upstream[remaining.from], upstream[reset.from]];
    if (most !== undefined) headers[limit.to] = most;
    if (left !== undefined) headers[remaining.to] = left;
    if (at !== undefined) headers[reset.to] = toDuration(Date.parse(at) - Date.now());
  }
  return headers;
}

/** Limits of ours that leave less than Claude's do. */
function tighterThan(headers: Readonly<Headers>, limits: readonly LimitState[]): Headers {
  const found: Headers = {};
  for (const { of, limit, remaining } of limits) {
    if (Number(headers[`x-ratelimit-remaining-${of}`] ?? Infinity) < remaining) continue;
    found[`x-ratelimit-limit-${of}`] = String(limit);
    found[`x-ratelimit-remaining-${of}`] = String(remaining);
    // All of it is there again when nothing is asked for a minute.
    found[`x-ratelimit-reset-${of}`] = '1m0s';
  }
  return found;
}

/** US dollars to the billionth, without an exponent. */
export function toDecimal(dollars: number): string {
  const text = String(dollars);
  return text.includes('e') ? dollars.toFixed(9).replace(/\.?0+$/, '') : text;
}

/** OpenAI's durations: `6m0s`, `1s`, `20ms`. Claude states a point in time instead. */
export function toDuration(milliseconds: number): string {
  if (!(milliseconds > 0)) return '0s';
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`;
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${seconds % 60}s`;
}
