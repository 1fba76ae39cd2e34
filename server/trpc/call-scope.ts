import { TrestleError } from '../../shared/error.ts';
import { type Call, type CallRecord, createCallRecord } from '../calls/call.ts';
import { failureOf } from '../calls/cancellation.ts';
import type { Running } from '../calls/running-calls.ts';
import type { Context } from './context.ts';
import { logSocketCall } from './socket-call-log.ts';

/**
 * Runs a verb for a whole answer: counted as under way, ended when the caller leaves, and logged. Not an async function:
 * it would keep the verb, and with it the request, until the answer is there.
 */
export function answerCall<T>(ctx: Context, path: string, verb: (call: Call) => Promise<T>): Promise<T> {
  const record = createCallRecord();
  ctx.records.push(record);
  let running: Running | undefined;
  let answer: Promise<T>;
  try {
    enterSocket(ctx);
    // Over WebSocket `ctx.signal` is the only one that aborts for a mutation (tRPC's own never does).
    running = ctx.services.runningCalls.enter(ctx.signal);
    answer = verb({
      signal: running.signal,
      strict: ctx.strict,
      ...partyOf(ctx),
      idempotencyKey: ctx.idempotencyKey,
      repeat: ctx.repeat,
      record,
    });
  } catch (thrown) {
    answer = Promise.reject(thrown);
  }
  return end(ctx, path, record, running, answer);
}

async function end<T>(
  ctx: Context,
  path: string,
  record: CallRecord,
  running: Running | undefined,
  answer: Promise<T>,
): Promise<T> {
  try {
    const answered = await answer;
    logSocketCall(ctx, path, record, undefined);
    return answered;
  } catch (thrown) {
    const failure = failureOf(thrown, running?.signal);
    logSocketCall(ctx, path, record, failure);
    throw failure;
  } finally {
    // Not by `using`, of which TypeScript makes a stack, a closure and two more blocks on every call.
    running?.[Symbol.dispose]();
    if (ctx.socket) ctx.socket.calls -= 1;
  }
}

/** Counts a call of a socket; its end takes one off again. Throws 429 when the socket carries too many. */
export function enterSocket({ socket, services }: Context): void {
  const { maxSubscriptions } = services.config;
  if (socket && ++socket.calls > maxSubscriptions) {
    throw new TrestleError('too_many_subscriptions', `A socket carries ${maxSubscriptions} calls at a time`);
  }
}

export function ownerOf(ctx: Context): string {
  return partyOf(ctx).owner;
}

/** Whose call it is, and what they may. Throws a 401 where their key has just been revoked. */
export function partyOf({ admission }: Context): Pick<Call, 'owner' | 'access'> {
  const { caller } = admission;
  if (caller === null) throw admission.refusal();
  return { owner: caller.id, access: caller.access };
}
