import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/unstable-core-do-not-import';
import { expect, test } from 'vitest';
import { ERRORS, type ErrorKind, TrestleError } from '../../../shared/error.ts';

const KINDS = Object.keys(ERRORS) as ErrorKind[];

test.each(KINDS)('%s keeps its kind over the wire', (kind) => {
  const sent = new TrestleError(kind, 'It failed', { param: 'model', retryAfter: 3 });
  const back = TrestleError.fromWire(sent.status, sent.toObject(), 'req_1', 3);
  expect(Object.entries(back)).toEqual(Object.entries(Object.assign(sent, { requestId: 'req_1' })));
  expect(back.kind).toBe(kind);
});

test("an error that is none of this server's has no kind", () => {
  const error = TrestleError.fromWire(418, { message: 'no', type: 'teapot', param: null, code: null });
  expect([error.kind, error.status, error.type]).toEqual([undefined, 418, 'teapot']);
});

test('each kind that has a status has one of the codes that tRPC knows', () => {
  for (const { status, trpc } of Object.values(ERRORS)) {
    if (status === 0) expect(trpc).toBeNull();
    else expect(Object.keys(TRPC_ERROR_CODES_BY_KEY)).toContain(trpc);
  }
});
