import { tracked, type TrackedEnvelope } from '@trpc/server';
import type { ChatCompletionChunk } from '../shared/chat-chunk.ts';
import { TrestleError } from '../shared/error.ts';
import { type Call, createCallRecord } from './chat/call.ts';
import type { Context } from './context.ts';
import { toTrestleError } from './to-trestle-error.ts';

/** Streams that one socket may carry at a time. */
export const MAX_SOCKET_SUBSCRIPTIONS = 100;

/** Runs a verb for a whole answer: counted as under way, ended when the caller leaves, and logged. */
export async function answerCall<T>(ctx: Context, path: string, verb: (call: Call) => Promise<T>): Promise<T> {
  const record = createCallRecord();
  ctx.records.push(record);
  let ended: AbortSignal | undefined;
  try {
    // Over WebSocket `ctx.signal` is the only one that aborts for a mutation (tRPC's own never does).
    using running = ctx.services.lifecycle.enter(ctx.signal);
    ended = running.signal;
    const answer = await verb({ signal: running.signal, strict: ctx.strict, owner: ownerOf(ctx), record });
    logSocketCall(ctx, path, record, undefined);
    return answer;
  } catch (thrown) {
    const failure = failureOf(thrown, ended);
    logSocketCall(ctx, path, record, failure);
    throw failure;
  }
}

/** Runs a verb for a streamed answer, each chunk under an id by which a caller can tell where it was. */
export async function* streamCall(
  ctx: Context,
  path: string,
  signal: AbortSignal | undefined,
  verb: (call: Call) => AsyncIterable<ChatCompletionChunk>,
): AsyncGenerator<TrackedEnvelope<ChatCompletionChunk>> {
  const record = createCallRecord();
  ctx.records.push(record);
  const { socket } = ctx;
  let failure: unknown = cancelled();
  let ended: AbortSignal | undefined;
  if (socket) socket.subscriptions += 1;
  try {
    if (socket && socket.subscriptions > MAX_SOCKET_SUBSCRIPTIONS) {
      throw new TrestleError(
        'too_many_subscriptions',
        `A socket carries ${MAX_SOCKET_SUBSCRIPTIONS} streams at a time`,
      );
    }
    using running = ctx.services.lifecycle.enter(signal ?? ctx.signal);
    ended = running.signal;
    let count = 0;
    for await (const chunk of verb({ signal: running.signal, strict: ctx.strict, owner: ownerOf(ctx), record })) {
      yield tracked(`${chunk.id}:${count++}`, chunk);
      // Asked for the next chunk; a socket that is full makes Claude wait, not memory grow.
      if (socket) await socket.writable(running.signal);
    }
    failure = undefined;
  } catch (thrown) {
    failure = failureOf(thrown, ended);
    throw failure;
  } finally {
    if (socket) socket.subscriptions -= 1;
    logSocketCall(ctx, path, record, failure);
  }
}

/** A call that was ended fails because of that, whatever it was doing just then. */
function failureOf(thrown: unknown, ended: AbortSignal | undefined): unknown {
  if (!ended?.aborted) return thrown;
  return ended.reason instanceof TrestleError ? ended.reason : cancelled();
}

function cancelled(): TrestleError {
  return new TrestleError('cancelled', 'The request was cancelled');
}

const logged = new WeakSet<Error>();

/** Writes the line of a call over WebSocket that was refused before its verb ran: no valid key, or a wrong request. */
export function logRefusal(ctx: Context, path: string, thrown: Error): void {
  if (logged.has(thrown) || (thrown.cause instanceof Error && logged.has(thrown.cause))) return;
  const record = createCallRecord();
  ctx.records.push(record);
  logSocketCall(ctx, path, record, thrown);
}

/** Over HTTP the request's end writes the line; a socket has many calls, so each writes its own. */
function logSocketCall(ctx: Context, path: string, record: Call['record'], thrown: unknown): void {
  if (!ctx.socket) return;
  if (thrown instanceof Error) logged.add(thrown);
  const failure = thrown === undefined ? undefined : toTrestleError(thrown);
  ctx.records.splice(ctx.records.indexOf(record), 1);
  ctx.services.log.request({
    method: 'WS',
    route: path,
    status: failure?.status ?? 200,
    requestId: ctx.requestId,
    key: ctx.caller?.fingerprint,
    ms: performance.now() - record.startedAt,
    record,
    error: failure?.cause,
  });
}

function ownerOf({ caller }: Context): string {
  return caller?.fingerprint ?? '';
}
