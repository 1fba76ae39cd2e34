import { tracked, type TrackedEnvelope } from '@trpc/server';
import type { ChatCompletionChunk } from '../shared/chat-chunk.ts';
import { TrestleError } from '../shared/error.ts';
import { type Call, createCallRecord } from './chat/call.ts';
import type { OpenStream } from './chat/stream.ts';
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
    const answer = await verb({
      signal: running.signal,
      strict: ctx.strict,
      owner: ownerOf(ctx),
      idempotencyKey: ctx.idempotencyKey,
      record,
    });
    logSocketCall(ctx, path, record, undefined);
    return answer;
  } catch (thrown) {
    const failure = failureOf(thrown, ended);
    logSocketCall(ctx, path, record, failure);
    throw failure;
  }
}

/**
 * Reads a streamed answer for one caller, each chunk under an id by which the caller can come back.
 * An answer goes on for a while without a reader that was lost, and ends with one that stopped on purpose.
 */
export async function* streamCall(
  ctx: Context,
  path: string,
  signal: AbortSignal | undefined,
  open: (call: Omit<Call, 'signal'>) => OpenStream,
): AsyncGenerator<TrackedEnvelope<ChatCompletionChunk>> {
  let record = createCallRecord();
  ctx.records.push(record);
  const { socket } = ctx;
  const { generations, lifecycle } = ctx.services;
  // A caller that leaves ends the reading without a failure.
  let failure: unknown = LEFT;
  let ended: AbortSignal | undefined;
  if (socket) socket.subscriptions += 1;
  try {
    if (socket && socket.subscriptions > MAX_SOCKET_SUBSCRIPTIONS) {
      throw new TrestleError(
        'too_many_subscriptions',
        `A socket carries ${MAX_SOCKET_SUBSCRIPTIONS} streams at a time`,
      );
    }
    using running = lifecycle.enter(signal ?? ctx.signal);
    ended = running.signal;
    const { generation, from } = open({
      strict: ctx.strict,
      owner: ownerOf(ctx),
      idempotencyKey: ctx.idempotencyKey,
      record,
    });
    ctx.records.splice(ctx.records.indexOf(record), 1, generation.record);
    record = generation.record;
    generations.attach(generation);
    // One that has seen no chunk has no id to come back with, unless it named its request.
    let hasName = from > 0 || ctx.idempotencyKey !== undefined;
    try {
      for await (const { number, chunk } of generation.read(from, running.signal)) {
        hasName = true;
        yield tracked(`${generation.id}:${number}`, chunk);
        // Asked for the next chunk; a socket that is full makes Claude wait, not memory grow.
        if (socket) await socket.writable(running.signal);
      }
    } finally {
      const comesBack = ctx.resumable && hasName && !lifecycle.draining;
      generations.detach(generation, comesBack ? (ctx.stoppedOnPurpose() ? 'stopped' : 'lost') : 'gone');
    }
    failure = undefined;
  } catch (thrown) {
    failure = failureOf(thrown, ended);
    ctx.broke(toTrestleError(failure));
    throw failure;
  } finally {
    if (socket) socket.subscriptions -= 1;
    logSocketCall(ctx, path, record, failure === LEFT ? cancelled() : failure);
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

const LEFT = Symbol('left');

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
