/**
 * Loaded into the server before its own code: tells the parent process of each stretch in which the event loop did not
 * turn. A stretch counts when the process was at work in it; a busy machine that gave it no time does not.
 */
const EVERY_MS = 10;
const MIN_BLOCKED_MS = 100;

let [time, cpu] = [performance.now(), process.cpuUsage()];
setInterval(() => {
  const [now, used] = [performance.now(), process.cpuUsage(cpu)];
  const blockedMs = Math.min(now - time - EVERY_MS, (used.user + used.system) / 1000);
  if (blockedMs > MIN_BLOCKED_MS) process.send?.({ blockedMs });
  [time, cpu] = [now, process.cpuUsage()];
}, EVERY_MS).unref();
