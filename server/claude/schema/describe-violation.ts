import type { ErrorObject } from 'ajv';
import { quoteJson } from '../quote-json.ts';

const MAX_SHOWN = 200;

/** One violation in words: `/a/b: must be >= 3`, with `(root)` for the value itself. */
export function describeViolation({
  instancePath,
  keyword,
  message = `fails ${keyword}`,
  params,
}: ErrorObject): string {
  return `${instancePath || '(root)'}: ${message}${detailOf(keyword, params)}`;
}

function detailOf(keyword: string, params: Record<string, unknown>): string {
  switch (keyword) {
    case 'additionalProperties':
      return `: ${show(params.additionalProperty)}`;
    case 'unevaluatedProperties':
      return `: ${show(params.unevaluatedProperty)}`;
    case 'enum':
      return `: ${show(params.allowedValues)}`;
    case 'const':
      return `: ${show(params.allowedValue)}`;
    default:
      return '';
  }
}

function show(value: unknown): string {
  return quoteJson(value, MAX_SHOWN);
}
