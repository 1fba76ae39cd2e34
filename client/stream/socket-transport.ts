import type { TRPCClient } from '@trpc/client';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { TrestleError } from '../../shared/error.ts';
import type { AppRouter } from '../contract/app-router.ts';
import { connectionError } from '../errors/connection-error.ts';
import { toTrestleError } from '../errors/to-trestle-error.ts';
import { isDraining, Patience, retryDelay } from './patience.ts';
import { isRepeated } from './stream-request.ts';
import type { StreamTransport } from './transport.ts';

/** The server's socket refuses longer messages with this close code. */
const MESSAGE_TOO_BIG = 1009;

/** A failure for want of a connection, before anything could be sent: another transport may try. */
export class NeverConnected {
  readonly error: TrestleError;

  constructor(error: TrestleError) {
    this.error = error;
  }
}

export interface SocketTransportOptions {
  /** Has the next subscription open another socket, for a server that is about to stop. */
  renew: () => void;
  /** Another transport takes what this one can't connect. */
  hasAlternative: boolean;
}

/**
 * Streams as subscriptions over the client's one socket. tRPC's client connects again by itself and sends the
 * subscription again, with the id of the last chunk or, before it, under the same `idempotencyKey`: so the server
 * goes on with the same answer. It fails with {@link NeverConnected} when there was no connection at all.
 */
export function createSocketTransport(
  chat: TRPCClient<AppRouter>['chat'],
  { renew, hasAlternative }: SocketTransportOptions,
): StreamTransport {
  return (call, sink) => {
    let connected = false;
    let opened = false;
    let over = false;
    let stopped = false;
    const finish = (tell: () => void): void => {
      if (over) return;
      over = true;
      patience.connected();
      clearTimeout(again);
      tell();
      subscription?.unsubscribe();
    };
    const lose = (error: Error, answered = opened): void => {
      sink.state(opened ? 'resuming' : 'connecting');
      patience.lost(error, answered);
    };
    const fail = (thrown: unknown): void => finish(() => sink.fail(thrown));
    const patience = new Patience((error) => fail(connected ? error : new NeverConnected(error)));
    const handlers = {
      onConnectionStateChange({ state, error }: { state: string; error: Error | null }): void {
        if (over) return;
        if (state === 'pending') {
          connected = true;
          patience.connected();
        }
        if (state !== 'connecting' || error === null) return;
        // Of a stream that the server has taken, it was not the message that was too long.
        if (closeCodeOf(error) === MESSAGE_TOO_BIG && !opened) {
          fail(new TrestleError('request_too_large', 'The request is longer than the server takes'));
        } else if (connected) {
          lose(error);
        } else {
          fail(new NeverConnected(connectionError('The connection to Trestle failed', error)));
        }
      },
      onStarted(): void {
        if (over) return;
        connected = true;
        opened = true;
        patience.connected();
        sink.state('open');
      },
      onData({ id, data }: { id: string; data: ChatCompletionChunk }): void {
        if (over) return;
        patience.progressed();
        if (isRepeated(id, lastEventId)) return;
        lastEventId = id;
        void sink.chunk(data, id);
      },
      onStopped: () => void (stopped = true),
      onError(thrown: unknown): void {
        const error = toTrestleError(thrown);
        if (over) return;
        if (isDraining(error)) {
          renew();
          lose(error, true);
          again = setTimeout(subscribe, Math.max(retryDelay(0), (error.retryAfter ?? 0) * 1000));
          return;
        }
        if (error.code !== 'connection_error') return fail(error);
        if (!connected) return fail(new NeverConnected(error));
        // The socket was lost just when tRPC's client was about to send: there it gives up.
        lose(error);
        again = setTimeout(subscribe, retryDelay(0));
      },
      // Also when the client is closed under it: half an answer must not pass for a whole one.
      onComplete: () =>
        stopped ? finish(() => sink.end()) : fail(connectionError('The client was closed before the stream ended')),
    };
    patience.connecting(hasAlternative);
    let lastEventId = 'lastEventId' in call ? call.lastEventId : undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let subscription: { unsubscribe(): void } | undefined;
    const subscribe = (): void => {
      if (lastEventId !== undefined) subscription = chat.resume.subscribe({ lastEventId }, handlers);
      else if ('request' in call) {
        subscription = chat.stream.subscribe({ ...call.request, idempotencyKey: call.idempotencyKey }, handlers);
      } else if ('idempotencyKey' in call) {
        subscription = chat.resume.subscribe({ idempotencyKey: call.idempotencyKey }, handlers);
      }
      if (over) subscription?.unsubscribe();
    };
    subscribe();
    return () => finish(() => {});
  };
}

function closeCodeOf(error: Error): unknown {
  return ((error.cause as Error | undefined)?.cause as { code?: unknown } | undefined)?.code;
}
