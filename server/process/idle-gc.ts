import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;
/** V8 begins to collect once what objects hold outside its heap has grown by 64 MiB, its `kExternalAllocationSoftLimit`. */
const NUDGE_BYTES = 80 * MIB;
/** Growth that is worth a look: as much as this, and as a part of what there is anyway. */
const WORTHWHILE_BYTES = 4 * MIB;
const WORTHWHILE_PART = 0.1;
/** Busy for less than a tenth of the time. */
const REST = 0.1;
/** Work after which what a collection found alive may be garbage, though nothing has grown. */
const WORK_MS = 20;
const WORK_EVERY_MS = 30_000;

export interface RestOptions {
  /** Between two looks. */
  everyMs?: number;
}

/**
 * Has this process's garbage that has grown old collected when there is time. V8 itself looks for it when as much is
 * allocated again, which after a few requests with images, all gone, is hundreds of megabytes from now. Gives the
 * timer; undefined for a small heap, of which V8 takes care in time.
 */
export function collectWhenIdle({ everyMs = 1000 }: RestOptions = {}): NodeJS.Timeout | undefined {
  if (getHeapStatistics().heap_size_limit < 4 * NUDGE_BYTES) return undefined;
  let least = oldBytes();
  let before = performance.eventLoopUtilization();
  let atNudge = before;

  return setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const bytes = oldBytes();
    least = Math.min(least, bytes);
    const grown = bytes - least >= Math.max(WORTHWHILE_BYTES, least * WORTHWHILE_PART);
    const { active, idle } = performance.eventLoopUtilization(now, atNudge);
    const worked = active > WORK_MS && active + idle > WORK_EVERY_MS;
    if (utilization > REST || !(grown || worked)) return;
    nudge();
    atNudge = now;
    // What is left is known at the next look.
    least = Infinity;
  }, everyMs).unref();
}

/** In the old generation, where only a full collection finds garbage. */
function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space')
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}

/**
 * Has V8 begin a full collection: in steps, beside what runs, keeping compiled code. `gc()` would stop all, and forget
 * the shapes of objects of which none is alive between two requests, and so the code that knows them: small answers took
 * twice their time after it. The buffer is never written, so it takes no memory.
 */
function nudge(): void {
  try {
    Buffer.allocUnsafeSlow(NUDGE_BYTES);
  } catch {
    // Where so much address space can't be had, V8 has collected what it could.
  }
}
