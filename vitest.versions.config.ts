import { defineConfig } from 'vitest/config';

/** What the tests of clients try on one version of a package, on another one: the same tests once more. */
export default defineConfig({
  test: {
    include: ['test/versions/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 15_000,
    expect: { poll: { timeout: 10_000 } },
    restoreMocks: true,
  },
});
