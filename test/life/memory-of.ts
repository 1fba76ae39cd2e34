import type { ServerProcess } from './server-process.ts';

export const MEGABYTE = 1024 * 1024;

/** Node's arguments for a server that can be asked for its memory. */
export const WITH_MEMORY_PROBE = ['--expose-gc', '--import', './test/life/memory-probe.ts'];

/** In bytes. */
export interface Memory {
  /** Of the heap and beside it, after a collection. */
  used: number;
  resident: number;
}

export async function memoryOf({ child }: ServerProcess): Promise<Memory> {
  const told = new Promise<Memory>((resolve) => {
    child.on('message', function read(message: object) {
      if (!('resident' in message)) return;
      child.off('message', read);
      resolve(message as Memory);
    });
  });
  child.send({});
  return await told;
}
