import { posix } from 'node:path';
import { FLOORS, FORBIDDEN_PACKAGES } from './scripts/floors.mjs';

/** A rule for the files of a room: they import from no room above it. */
function floorOf(room, index) {
  const folder = room.endsWith('.ts') ? posix.dirname(room) : room;
  const group = FLOORS.slice(index + 1).map((above) => {
    const path = posix.relative(folder, above);
    return `${path.startsWith('.') ? '' : './'}${path}${above.endsWith('.ts') ? '' : '/*'}`;
  });
  const packages = Object.keys(FORBIDDEN_PACKAGES).find((folder) => `${room}/`.startsWith(`${folder}/`));
  const patterns = [];
  if (group.length > 0) patterns.push({ group, message: `${room} is below that room (scripts/floors.mjs)` });
  if (packages !== undefined) {
    const forbidden = FORBIDDEN_PACKAGES[packages];
    patterns.push({
      group: forbidden,
      message: `${packages} does without this package (scripts/floors.mjs)`,
      allowTypeImports: !packages.startsWith('shared'),
    });
  }
  return {
    files: [room.endsWith('.ts') ? room : `${room}/*`],
    rules: { 'typescript/no-restricted-imports': patterns.length > 0 ? ['error', { patterns }] : 'off' },
  };
}

/** Checks the whole project: `oxlint -c oxlint.config.mjs --type-aware --deny-warnings`. */
export default {
  plugins: ['typescript', 'unicorn', 'import', 'promise', 'oxc'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', 5],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'import/no-unassigned-import': 'off',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/require-array-sort-compare': 'off',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/no-array-sort': 'off',
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'no-underscore-dangle': 'off',
    'typescript/consistent-return': 'off',
    'consistent-return': 'off',
    'no-unmodified-loop-condition': 'off',
    'unicorn/prefer-set-has': 'off',
    'oxc/no-accumulating-spread': 'off',
    'oxc/no-map-spread': 'off',
    'unicorn/no-thenable': 'off',
    // It is about windows; threads have no origin.
    'unicorn/require-post-message-target-origin': 'off',
  },
  overrides: [
    ...FLOORS.map(floorOf),
    {
      files: ['test/**', 'bench/**', 'scripts/**'],
      rules: { 'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }] },
    },
    {
      files: [
        'oxlint.config.mjs',
        'vitest.config.ts',
        'vitest.browser.config.ts',
        'vitest.life.config.ts',
        'vitest.versions.config.ts',
        'examples/react-chat/vite.config.ts',
        'examples/next-chat/app/**',
        'test/browser/build-pages.ts',
      ],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
  ignorePatterns: ['dist', 'client/contract/openapi-types.ts', 'server/rest/field-descriptions.ts', 'coverage'],
};
