import { describe, expect, it, test } from 'vitest';
import { type ClaudeFailure, fromClaudeError } from '../../../server/upstream/from-claude-error.ts';

type Expected = [status: number, type: string, code: string | null];

function shown(failure: ClaudeFailure): Expected {
  const { status, type, code } = fromClaudeError(failure);
  return [status, type, code];
}

const INVALID: Expected = [400, 'invalid_request_error', null];
const WINDOW: Expected = [400, 'invalid_request_error', 'context_length_exceeded'];
const CREDENTIALS: Expected = [502, 'server_error', 'upstream_authentication'];
const QUOTA: Expected = [429, 'insufficient_quota', 'insufficient_quota'];
const RATE: Expected = [429, 'rate_limit_error', 'rate_limit_exceeded'];
const OVERLOADED: Expected = [503, 'server_error', 'overloaded'];
const BROKEN: Expected = [502, 'server_error', 'upstream_error'];
const TIMEOUT: Expected = [504, 'server_error', 'upstream_timeout'];

describe('an error of Claude', () => {
  test.each<[string, ClaudeFailure, Expected]>([
    ['400', { status: 400, message: 'x' }, INVALID],
    ['422', { status: 422, message: 'x' }, INVALID],
    ['401, a matter of the operator', { status: 401 }, CREDENTIALS],
    ['403, likewise', { status: 403 }, CREDENTIALS],
    ['402', { status: 402 }, QUOTA],
    ['404', { status: 404 }, [404, 'invalid_request_error', 'model_not_found']],
    ['408', { status: 408 }, TIMEOUT],
    ['413', { status: 413 }, [413, 'invalid_request_error', 'request_too_large']],
    ['429', { status: 429 }, RATE],
    ['429 of a ramp', { status: 429, errorCode: 'ramp_limit_exceeded' }, RATE],
    ['429 of a monthly cap', { status: 429, errorCode: 'enforced_spend_limit_reached' }, QUOTA],
    ['429 of a contract', { status: 429, errorCode: 'contract_spend_limit_reached' }, QUOTA],
    ['400 of a spend limit', { status: 400, message: 'You have reached your specified API usage limits.' }, QUOTA],
    ['400 of used-up credit', { status: 400, message: 'Your credit balance is too low to access the API.' }, QUOTA],
    ['400 of a long prompt', { status: 400, message: 'prompt is too long: 1000213 tokens > 1000000 maximum' }, WINDOW],
    [
      '400 of a long prompt and answer',
      { status: 400, message: 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000' },
      WINDOW,
    ],
    ['500', { status: 500 }, [500, 'server_error', null]],
    ['503', { status: 503 }, OVERLOADED],
    ['504', { status: 504 }, TIMEOUT],
    ['529', { status: 529 }, OVERLOADED],
    ['a redirect', { status: 302 }, BROKEN],
    ['a teapot', { status: 418 }, BROKEN],
    ['nothing readable', {}, BROKEN],
  ])('%s', (_, failure, expected) => {
    expect(shown(failure)).toEqual(expected);
  });

  it("is told in our words where they are the operator's, and no longer than a page", () => {
    const message = 'Your credit balance is too low. Please go to Plans & Billing.';
    expect(fromClaudeError({ status: 400, message }).message).not.toContain('Billing');
    expect(fromClaudeError({ status: 400, message: `x: ${'y'.repeat(3_000_000)}` }).message.length).toBeLessThan(1100);
  });

  // The status of a stream is 200 by then: only the type tells.
  test.each<[string, Expected]>([
    ['invalid_request_error', INVALID],
    ['authentication_error', CREDENTIALS],
    ['permission_error', CREDENTIALS],
    ['billing_error', QUOTA],
    ['not_found_error', [404, 'invalid_request_error', 'model_not_found']],
    ['request_too_large', [413, 'invalid_request_error', 'request_too_large']],
    ['rate_limit_error', RATE],
    ['api_error', [500, 'server_error', null]],
    ['timeout_error', TIMEOUT],
    ['overloaded_error', OVERLOADED],
    ['solar_flare_error', BROKEN],
  ])('inside a stream goes by its type: %s', (type, expected) => {
    expect(shown({ type, message: 'x' })).toEqual(expected);
  });

  it('keeps how long to wait, and what really happened', () => {
    const cause = new Error('raw');
    expect(fromClaudeError({ status: 429, retryAfter: 7, cause })).toMatchObject({ retryAfter: 7, cause });
    expect(fromClaudeError({ status: 529, retryAfter: 3 }).retryAfter).toBe(3);
    expect(fromClaudeError({ status: 529 }).retryAfter).toBeUndefined();
  });

  test.each([401, 402, 403, 404, 413, 429, 500, 503, 529, 504, 418])(
    '%i shows nothing of its own text, which is not meant for callers',
    (status) => {
      const { message } = fromClaudeError({ status, message: 'org_123 x-api-key workspace' });
      expect(message).not.toMatch(/org_123|x-api-key|workspace/);
      expect(message).toMatch(/^(?:Claude|The) /);
    },
  );
});

describe("a request that Claude refuses is told in the caller's terms", () => {
  test.each<[string, string | null, string]>([
    [
      'max_tokens: 9 > 8, which is the maximum',
      'max_tokens',
      'Claude refused the request: 9 > 8, which is the maximum',
    ],
    [
      'messages.3.content.0.image.source.base64.data: Could not process image',
      'messages',
      'Claude refused the request: Could not process image',
    ],
    [
      'system: text content blocks must be non-empty',
      'messages',
      'Claude refused the request: text content blocks must be non-empty',
    ],
    ['stop_sequences: each must be text', 'stop', 'Claude refused the request: each must be text'],
    ['tools.0.custom.name: too long', 'tools', 'Claude refused the request: too long'],
    ['output_config.format.schema: too complex', 'response_format', 'Claude refused the request: too complex'],
    ['thinking.enabled.budget_tokens: too small', 'reasoning_effort', 'Claude refused the request: too small'],
    [
      'prompt is too long: 210000 tokens > 200000 maximum',
      'messages',
      "The request is longer than the model's window: prompt is too long: 210000 tokens > 200000 maximum",
    ],
    [
      '`temperature` is deprecated for this model.',
      null,
      'Claude refused the request: `temperature` is deprecated for this model.',
    ],
    ['', null, 'Claude refused the request: no reason was given'],
  ])('%j', (text, param, message) => {
    expect(fromClaudeError({ status: 400, message: text })).toMatchObject({ status: 400, param, message });
  });
});
