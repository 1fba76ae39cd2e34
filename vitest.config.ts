import { configDefaults, defineConfig } from 'vitest/config';

/**
 * They need Chromium (`npm run test:browser`), or a machine that does nothing else meanwhile (`npm run test:life`), or try
 * again what is tried here, on other versions (`npm run test:versions`).
 */
const ELSEWHERE = ['test/browser/**', 'test/life/**', 'test/versions/**'];

/** They mock modules, or compare classes of packages that are there twice. */
const ALONE = [
  'test/ecosystem/**/*.test.ts',
  'test/upstream/back-off.test.ts',
  'test/upstream/sdk-client.test.ts',
  'test/unit/process/**/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 15_000,
    // A machine may do much else meanwhile; a test that passes waits no longer than it must.
    expect: { poll: { timeout: 10_000 } },
    restoreMocks: true,
    typecheck: { enabled: false },
    coverage: { include: ['shared/**', 'server/**', 'client/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ELSEWHERE, ...ALONE],
          // Test files of a process share what they import: loading it took a third of the whole run.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
    ],
  },
});
