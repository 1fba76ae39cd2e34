/**
 * The rooms of the house from the lowest floor to the highest: a file imports from its own room and from those before
 * it, types included. A room is a folder, without those of its folders that are rooms themselves, or a file that stands
 * in no folder. oxlint.config.mjs and scripts/house.ts read it.
 */
export const FLOORS = [
  'shared',
  'shared/responses',
  'shared/messages',
  'client/contract',
  'client/errors',
  'client/stream',
  'client/index.ts',
  'client/rest.ts',
  'client/ai-sdk',
  'client/ai-sdk.ts',
  'client/cli',
  'server/version.ts',
  'server/config.ts',
  'server/demo',
  'server/calls',
  'server/claude',
  'server/claude/schema',
  'server/claude/content',
  'server/claude/thinking',
  'server/claude/answer',
  'server/claude/request',
  'server/claude/responses',
  'server/ledger',
  'server/answers',
  'server/store',
  'server/access',
  'server/files',
  'server/upstream',
  'server/chat/chunks',
  'server/chat',
  'server/chat/stored',
  'server/responses',
  'server/messages',
  'server/batches',
  'server/telemetry',
  'server/services.ts',
  'server/team.ts',
  'server/http',
  'server/trpc',
  'server/trpc/routers',
  'server/trpc/doors',
  'server/rest',
  'server/hand-over.ts',
  'server/app.ts',
  'server/process',
  'server/cluster',
  'server/main.ts',
  'client/cli.ts',
];

const TRPC = ['@trpc/**', 'trpc-openapi'];
const FASTIFY = ['fastify', '@fastify/**', 'ws'];
const NETWORK = ['node:http', 'node:https', 'node:net', 'undici'];
const SDK = ['@anthropic-ai/sdk', '@anthropic-ai/sdk/**'];
/** What stands behind the port `upstream/claude.ts`. */
const BEHIND_CLAUDE = ['**/upstream/claude-client.ts', '**/upstream/sdk-client.ts', '**/upstream/transport.ts'];

/**
 * Packages, and files, that the files of a room do not run. `server/upstream` alone runs Anthropic's SDK; its types are
 * welcome everywhere, since requests are typed by them. A folder's entry holds for the rooms in it as well.
 */
export const FORBIDDEN_PACKAGES = {
  'shared/responses': ['*', '!zod', '!./*', '!../*'],
  // The types of Claude's own API are the SDK's.
  'shared/messages': ['*', '!zod', '!@anthropic-ai/sdk', '!./*', '!../*'],
  shared: ['*', '!zod', '!./*'],
  client: [...FASTIFY.filter((name) => name !== 'ws'), ...SDK],
  'server/calls': ['trpc-openapi', ...FASTIFY, 'undici', ...SDK],
  'server/claude': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK],
  'server/upstream': [...TRPC, ...FASTIFY],
  'server/chat': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK, ...BEHIND_CLAUDE],
  'server/messages': [...TRPC, ...FASTIFY, 'undici', ...SDK, ...BEHIND_CLAUDE],
  'server/batches': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK, ...BEHIND_CLAUDE],
  'server/access': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK],
  'server/files': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK],
  'server/responses': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK, ...BEHIND_CLAUDE],
  'server/answers': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK],
  'server/store': [...TRPC, ...FASTIFY, ...NETWORK, ...SDK],
  'server/telemetry': [...TRPC, ...FASTIFY, 'undici', ...SDK],
  'server/http': [...TRPC, ...SDK],
  'server/trpc': ['trpc-openapi', ...SDK],
  'server/rest': SDK,
  'server/cluster': [...TRPC, ...FASTIFY, 'undici', ...SDK],
  // What has no entry above.
  server: SDK,
};

/** Files over 250 lines, and why they are. */
export const LONG_FILES = {
  'client/contract/openapi-types.ts': 'generated from openapi.json',
  'shared/responses/input-item.ts':
    'one table of all kinds of items; fields that they share are described from the same file',
  'server/config.ts': 'one table of all variables, with what they are read as',
  'server/rest/field-descriptions.ts': "generated from the contract's comments",
};
