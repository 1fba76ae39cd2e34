import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 15_000,
    restoreMocks: true,
    typecheck: { enabled: false },
    coverage: { include: ['shared/**', 'server/**', 'client/**'] },
  },
});
