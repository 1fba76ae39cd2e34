import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { startApp } from '../test/support/app-resource.ts';
import type { Answer } from '../test/support/fake-claude.ts';
import { blocksOf } from '../test/support/rules-blocks-walk.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';
import { installDocumented } from './clients/client-folder.ts';
import { documented, versionOf } from './clients/documented.ts';
import { startListening } from './listening-process.ts';

// Runs Home Assistant, unchanged, as docs/clients.md says, through the HTTP API of its own pages: its integration is added, and
// asked for light it turns on a lamp, for a scripted Claude that calls Home Assistant's own tool. It takes some minutes and
// needs Python 3.13, and is not a part of CI.
//
//   npx tsx scripts/check-home-assistant.ts

const MODEL = 'claude-sonnet-5-5';
const SETTINGS = `
http: { server_host: 127.0.0.1, server_port: !env_var PORT }
api:
auth:
config:
onboarding:
conversation:
input_boolean: { lamp: }
light:
  - platform: template
    lights:
      lamp:
        friendly_name: Lamp
        value_template: "{{ is_state('input_boolean.lamp', 'on') }}"
        turn_on: { action: input_boolean.turn_on, target: { entity_id: input_boolean.lamp } }
        turn_off: { action: input_boolean.turn_off, target: { entity_id: input_boolean.lamp } }
`;

function answer({ messages }: ClaudeBody): Answer {
  const last = blocksOf(messages.at(-1)!);
  if (last.some(({ type }) => type === 'tool_result')) return say('The lamp is on.');
  if (!JSON.stringify(last).includes('lamp')) return say('You are welcome.');
  const call = { type: 'tool_use', id: 'toolu_1', name: 'HassTurnOn', input: { name: 'Lamp' } };
  return { message: { content: [call], stop_reason: 'tool_use' } };
}

function say(text: string): Answer {
  return { message: { content: [{ type: 'text', text }] } };
}

const section = documented('Home Assistant');
await using folder = await installDocumented(section, { python: '3.13' });
await using app = await startApp();
app.fake.replyWith(answer);
await folder.write([['configuration.yaml', SETTINGS]]);
const variables = { ...folder.environment, ...section.variables(app) };
await using home = await startListening('hass', ['--config', folder.work], folder.work, variables);

let token = '';

/** A request of its pages; whatever comes of it is read as the caller says. */
async function ask<T>(method: 'GET' | 'POST', path: string, body?: object | URLSearchParams): Promise<T> {
  const isForm = body instanceof URLSearchParams;
  const response = await fetch(home.url + path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(!isForm && { 'content-type': 'application/json' }),
    },
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
  });
  assert.equal(response.status, 200, `${path}: ${response.status}`);
  return (await response.json()) as T;
}

async function converse(text: string, before?: string): Promise<{ conversation_id: string; said: string }> {
  const answered = await ask<{ conversation_id: string; response: { speech: { plain: { speech: string } } } }>(
    'POST',
    '/api/conversation/process',
    { text, agent_id: 'conversation.chatgpt', ...(before && { conversation_id: before }) },
  );
  return { conversation_id: answered.conversation_id, said: answered.response.speech.plain.speech };
}

const client = `${home.url}/`;
const user = { client_id: client, name: 'a', username: 'a', password: 'a', language: 'en' };
const { auth_code: code } = await ask<{ auth_code: string }>('POST', '/api/onboarding/users', user);
const grant = new URLSearchParams({ client_id: client, grant_type: 'authorization_code', code });
({ access_token: token } = await ask<{ access_token: string }>('POST', '/auth/token', grant));

const flows = '/api/config/config_entries';
const { flow_id: flow } = await ask<{ flow_id: string }>('POST', `${flows}/flow`, { handler: 'openai_conversation' });
const { result } = await ask<{ result: { entry_id: string } }>('POST', `${flows}/flow/${flow}`, {
  api_key: app.apiKey,
});
const options = await ask<{ flow_id: string }>('POST', `${flows}/options/flow`, { handler: result.entry_id });
const chosen = { recommended: false, llm_hass_api: 'assist', prompt: 'Be brief.' };
// The page shows the field of the model once the recommended settings are off.
for (const more of [{}, { chat_model: MODEL }])
  await ask('POST', `${flows}/options/flow/${options.flow_id}`, { ...chosen, ...more });
await wait(2000);

const lit = await converse('Turn on the lamp');
assert.equal(lit.said, 'The lamp is on.');
assert.equal((await ask<{ state: string }>('GET', '/api/states/light.lamp')).state, 'on');
assert.equal((await converse('Thank you', lit.conversation_id)).said, 'You are welcome.');
assert.deepEqual(app.fake.refusals, []);
assert.match(JSON.stringify(app.fake.requests.at(-1)!.body), new RegExp(`${MODEL}.*Turn on the lamp.*Thank you`));
process.stdout.write(`Home Assistant ${versionOf(section)}: a lamp, and a second turn\n`);
