import { readdirSync } from 'node:fs';

/** What a server's process holds at a moment, right after a collection. */
export interface Held {
  /** Bytes of the heap, and beside it. */
  heap: number;
  external: number;
  /** Open files and sockets. */
  descriptors: number;
  sockets: number;
  timers: number;
  /** Of Node's own, such as too many listeners. */
  warnings: string[];
}

/** Loaded into the server's process with `--import`; answers over IPC, and keeps nothing alive. */
const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));
process.on('message', () => {
  // Twice: what a first collection only finalizes goes with the second.
  for (let times = 0; times < 2; times += 1) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const count = (name: string): number => resources.filter((resource) => resource === name).length;
  const held: Held = {
    heap: heapUsed,
    external,
    descriptors: readdirSync('/proc/self/fd').length,
    sockets: count('TCPSocketWrap'),
    timers: count('Timeout'),
    warnings,
  };
  process.send!(held);
});
process.channel!.unref();
process.send!({});
