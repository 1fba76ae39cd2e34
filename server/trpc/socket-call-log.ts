import { type CallRecord, createCallRecord } from '../calls/call.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { toLoggedPath } from '../telemetry/logged-path.ts';
import type { Context } from './context.ts';

const logged = new WeakSet<Error>();

/** Writes the line of a call over WebSocket that was refused before its verb ran: no valid key, or a wrong request. */
export function logRefusal(ctx: Context, path: string, thrown: Error): void {
  if (logged.has(thrown) || (thrown.cause instanceof Error && logged.has(thrown.cause))) return;
  const record = createCallRecord();
  ctx.records.push(record);
  logSocketCall(ctx, path, record, thrown);
}

/** Over HTTP the request's end writes the line; a socket has many calls, so each writes its own. */
export function logSocketCall(ctx: Context, path: string, record: CallRecord, thrown: unknown): void {
  if (!ctx.socket) return;
  if (thrown instanceof Error) logged.add(thrown);
  const failure = thrown === undefined ? undefined : toTrestleError(thrown);
  ctx.records.splice(ctx.records.indexOf(record), 1);
  ctx.services.log.request({
    method: 'WS',
    route: toLoggedPath(path),
    status: failure?.status ?? 200,
    requestId: ctx.requestId,
    key: ctx.admission.caller?.fingerprint,
    ms: performance.now() - record.startedAt,
    record,
    failure,
  });
}
