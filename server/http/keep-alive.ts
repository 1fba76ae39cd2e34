/**
 * The PING of tRPC's WebSocket protocol (@trpc/server 11.25.2, ws.ts), sent at a pace of each client's own. It buys no
 * time but a sooner end: our client knows a dead connection after some seconds, where others are not asked more often
 * than every 15. `test/trpc/dead-connection.test.ts` fails when tRPC's client answers it no more. Without it, tRPC's own
 * `keepAlive` has one pace for all.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { WebSocket } from 'ws';
import { LIVENESS, OWN_CLIENT } from '../../shared/liveness.ts';
import { SilenceWatch } from '../../shared/silence-watch.ts';

interface Pace {
  /** Longest silence of the server's, in milliseconds. */
  sayEvery: number;
  /** Longest silence of the other side's, where it has to answer. */
  silence: number;
}

/** Others need not know how soon our client gives up; theirs is below the idle limits of common proxies. */
export const PACE: { ownClient: Pace; others: Pace } = {
  ownClient: LIVENESS,
  others: { sayEvery: 15_000, silence: 25_000 },
};

/** Whether it is our own client that calls. */
export function isOwnClient(said: IncomingHttpHeaders | Record<string, string | undefined> | null): boolean {
  return said?.[OWN_CLIENT] !== undefined;
}

/** Keeps a WebSocket from falling silent. */
export interface SocketKeepAlive {
  /** From now on at this pace, beginning with a PING, so that the client soon knows that frames come through. */
  setPace(pace: Pace): void;
}

/**
 * Sends tRPC's PINGs, and terminates a socket on which nothing comes any more: `close()` would wait for the other side.
 * tRPC's own does so at one pace for all.
 */
export function keepSocketAlive(client: WebSocket): SocketKeepAlive {
  let pings: NodeJS.Timeout | undefined;
  let watch: SilenceWatch | undefined;
  const ping = (): void => {
    if (client.readyState === client.OPEN) client.send('PING');
  };
  const stop = (): void => {
    clearInterval(pings);
    watch?.stop();
  };
  const begin = ({ sayEvery, silence }: Pace): void => {
    stop();
    pings = setInterval(ping, sayEvery);
    watch = new SilenceWatch(silence, () => client.terminate());
  };
  client.on('message', () => watch?.heard());
  client.on('close', stop);
  begin(PACE.others);
  return {
    setPace(pace) {
      if (client.readyState !== client.OPEN) return;
      begin(pace);
      ping();
    },
  };
}
