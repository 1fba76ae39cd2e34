import { defineConfig } from 'vitest/config';

/**
 * The tests that start servers or commands as processes, or measure one, or how work grows: one file after the other, so
 * that none is measured while another one works.
 */
export default defineConfig({
  test: {
    include: ['test/life/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
  },
});
