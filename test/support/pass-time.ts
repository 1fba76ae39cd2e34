import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';

/** Makes all clocks the test's own; sockets stay real. */
export function holdClocks(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
}

/** Lets so much time pass on all clocks, while what is on its way over loopback arrives. */
export async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 250) {
    vi.advanceTimersByTime(250);
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
}
