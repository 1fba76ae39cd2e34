/** One way to run a client: as documented, or with a change that the document names. */
export interface Run {
  /** The only route, or procedure, by which it asks; that of models aside. */
  route: string;
  /** What is changed in the documented settings and commands. */
  change?: (text: string) => string;
}

export interface CheckedClient {
  /** Its heading in docs/clients.md. */
  name: string;
  runs: readonly Run[];
  /** Beside those that the document sets: a client that updates itself is not the documented one any more. */
  variables?: Readonly<Record<string, string>>;
  /** Each of its prompts is a conversation of its own. */
  forgets?: true;
}

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const MESSAGES = '/v1/messages';

/** Those that take longest first. */
export const CLIENTS: readonly CheckedClient[] = [
  {
    name: 'opencode',
    variables: { OPENCODE_DISABLE_AUTOUPDATE: '1' },
    runs: [
      { route: CHAT },
      { route: RESPONSES, change: (text) => text.replace('@ai-sdk/openai-compatible', '@ai-sdk/openai') },
      { route: MESSAGES, change: (text) => text.replace('@ai-sdk/openai-compatible', '@ai-sdk/anthropic') },
    ],
  },
  { name: 'aider', runs: [{ route: CHAT }], variables: { AIDER_CHECK_UPDATE: 'false', AIDER_ANALYTICS: 'false' } },
  // A daemon of its own would go on after the check.
  {
    name: 'Cline',
    runs: [{ route: CHAT }],
    variables: { CLINE_NO_AUTO_UPDATE: '1', CLINE_SESSION_BACKEND_MODE: 'local' },
    forgets: true,
  },
  {
    name: 'Copilot',
    variables: { COPILOT_AUTO_UPDATE: 'false' },
    runs: [
      { route: CHAT },
      { route: RESPONSES, change: (text) => `export COPILOT_PROVIDER_WIRE_API=responses\n${text}` },
      {
        route: 'responses.stream',
        change: (text) => `export COPILOT_PROVIDER_WIRE_API=responses COPILOT_PROVIDER_TRANSPORT=websockets\n${text}`,
      },
      {
        route: MESSAGES,
        change: (text) =>
          `export COPILOT_PROVIDER_TYPE=anthropic\n${text.replace('/v1', '').replace('sonnet-5-5', 'sonnet-4-6')}`,
      },
    ],
  },
  { name: 'Codex', runs: [{ route: RESPONSES }] },
  { name: 'pi', runs: [{ route: CHAT }] },
  {
    name: 'LangChain',
    runs: [
      { route: CHAT },
      { route: RESPONSES, change: (text) => text.replace('agent.mjs chat', 'agent.mjs responses') },
      { route: MESSAGES, change: (text) => text.replace('agent.mjs chat', 'agent.mjs messages') },
    ],
  },
  { name: 'llm', runs: [{ route: CHAT }] },
  { name: 'Continue', runs: [{ route: CHAT }] },
];
