import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need Chromium: `npm run test:browser`.
    exclude: [...configDefaults.exclude, 'test/browser/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 15_000,
    restoreMocks: true,
    typecheck: { enabled: false },
    coverage: { include: ['shared/**', 'server/**', 'client/**'] },
  },
});
