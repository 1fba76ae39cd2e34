import type { ChildProcess } from 'node:child_process';

/** What node:cluster sends to a worker with a connection that it has accepted; `seq` is what the worker acknowledges. */
interface Handing {
  act?: string;
  seq?: number;
}

interface Handle {
  close(): void;
}

/**
 * Closes the connections that were handed to a worker which ended before it took them. node:cluster keeps such a
 * connection in the primary until the worker acknowledges it, and forgets it when the worker dies: its client would
 * wait for good. This reads node:cluster's own messages (`lib/internal/cluster/round_robin_handle.js`); without it, or
 * when they change, "a worker that hangs is killed and replaced" in `test/life/workers.test.ts` fails, and connections
 * hang as they did before.
 */
export function closeUntakenConnections(worker: ChildProcess): void {
  const handed = new Map<number, Handle>();
  const send = worker.send.bind(worker) as (...parameters: unknown[]) => boolean;
  worker.send = (...parameters: unknown[]) => {
    const [message, handle] = parameters as [Handing, Handle | undefined];
    if (message.act === 'newconn' && message.seq !== undefined && handle) handed.set(message.seq, handle);
    return send(...parameters);
  };
  worker.on('internalMessage', ({ ack }: { ack?: number }) => {
    if (ack !== undefined) handed.delete(ack);
  });
  worker.once('exit', () => {
    for (const handle of handed.values()) handle.close();
  });
}
