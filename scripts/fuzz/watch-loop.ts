/**
 * Loaded into the server before its own code: tells the parent process of each stretch in which the event loop did not
 * turn. A stretch counts when its thread was at work in it; a busy machine that gave it no time does not, and neither do
 * the threads that check answers.
 */
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const EVERY_MS = 10;
const MIN_BLOCKED_MS = 100;

/** Milliseconds of processor time that the main thread has had; elsewhere than on Linux those of all threads. */
function workedMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

if (isMainThread) {
  let [time, worked] = [performance.now(), workedMs()];
  setInterval(() => {
    const [now, work] = [performance.now(), workedMs()];
    const blockedMs = Math.min(now - time - EVERY_MS, work - worked);
    if (blockedMs > MIN_BLOCKED_MS) process.send?.({ blockedMs });
    [time, worked] = [now, work];
  }, EVERY_MS).unref();
}
