import { vi } from 'vitest';

/** Long enough for a machine that does much else meanwhile; a test that passes waits no longer than it must. */
const TIMEOUT_MS = 10_000;

/** Resolves to what `check` returns as soon as it throws no longer; it may be async. Rejects with its last failure. */
export function eventually<T>(
  check: () => T | Promise<T>,
  { timeout = TIMEOUT_MS, interval = 20 }: { timeout?: number; interval?: number } = {},
): Promise<T> {
  return vi.waitFor(check, { timeout, interval });
}
