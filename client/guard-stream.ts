import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from '../server/router.ts';
import { TrestleError } from '../shared/error.ts';
import { connectionError } from './connection-error.ts';

/** How long a stream whose connection was lost waits for another one, in milliseconds. */
const RECONNECT_WITHIN_MS = 15_000;
/** The server's socket refuses longer messages with this close code. */
const MESSAGE_TOO_BIG = 1009;

/**
 * Sees to it that a stream ends whole or with an error. One that loses its connection before the first chunk
 * fails: asking again would be a second call to Claude. After it, tRPC's client connects again and asks the
 * server to go on from the last chunk, which the server does or refuses.
 */
export const guardStream: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) => {
      let begun = false;
      let ended = false;
      let deadline: ReturnType<typeof setTimeout> | undefined;
      const fail = (error: TrestleError): void => observer.error(TRPCClientError.from(error));

      const subscription = next(op).subscribe({
        next(envelope) {
          const { result } = envelope;
          if (result.type !== 'state') {
            begun ||= result.type === 'data';
            ended ||= result.type === 'stopped';
            observer.next(envelope);
          } else if (result.state === 'pending') {
            clearTimeout(deadline);
            deadline = undefined;
          } else if (result.error) {
            const { error } = result;
            if (begun) deadline ??= setTimeout(() => fail(lossOf(error)), RECONNECT_WITHIN_MS);
            else fail(lossOf(error));
          }
        },
        error: (error) => observer.error(error),
        complete() {
          // Also when the client is closed under it: half an answer must not pass for a whole one.
          if (ended) observer.complete();
          else fail(connectionError('The client was closed before the stream ended'));
        },
      });
      return () => {
        clearTimeout(deadline);
        subscription.unsubscribe();
      };
    });

function lossOf(error: Error): TrestleError {
  const closed = (error.cause as Error | undefined)?.cause as { code?: unknown } | undefined;
  if (closed?.code === MESSAGE_TOO_BIG) {
    return new TrestleError('request_too_large', 'The request is longer than the server takes');
  }
  return connectionError('The connection to Trestle failed', error);
}
