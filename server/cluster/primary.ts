import cluster from 'node:cluster';
import { extname, join } from 'node:path';
import type { RunningServer, StartOptions } from '../process/running-server.ts';
import { sharedStorage } from './shared-storage.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * Forks the workers and keeps their number. Throws a `StartError` when the first ones can't start, and a `ConfigError` when
 * the storage can't be opened.
 */
export async function startWorkers(given: StartOptions): Promise<RunningServer> {
  const storage = await sharedStorage(given.config.storage);
  const options = { ...given, config: { ...given.config, storage } };
  const entry = join(import.meta.dirname, `worker-main${extname(import.meta.filename)}`);
  // Unlike `setupPrimary`'s default, the workers' own arguments are none: theirs is the start order.
  cluster.setupPrimary({ exec: entry, args: [] });
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const pool = new WorkerPool(options);
  const url = await pool.start();
  // On a terminal that is closed the signal means the end.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void pool.restart());
  return { url, running: () => undefined, stop: (gently) => pool.stop(gently) };
}
