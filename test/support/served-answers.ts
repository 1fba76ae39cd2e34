import type { AppResource } from './app-resource.ts';
import type { Answer } from './fake-claude.ts';
import { HELLO, parseSse, postChat } from './rest-request.ts';

export type AnswerKind = 'completion' | 'chunk' | 'models' | 'model' | 'error';

/** One JSON text that a server gave, with where it came from. */
export interface ServedAnswer {
  name: string;
  kind: AnswerKind;
  method: 'get' | 'post';
  /** As the OpenAPI document spells it. */
  path: '/v1/chat/completions' | '/v1/models' | '/v1/models/{model}';
  status: number;
  value: unknown;
}

const CHAT = { method: 'post', path: '/v1/chat/completions' } as const;
const TEXT = { type: 'text', text: 'Hello' };
const CALL = { type: 'tool_use', id: 'toolu_01', name: 'get_weather', input: { city: 'Oslo' } };
const TOOL = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

/** What Claude says, and the request that it says it to. */
const SCENES: Record<string, { answer?: Answer; request?: object }> = {
  text: {},
  'nothing at all': { answer: { message: { content: [] } } },
  'text in two blocks': { answer: { message: { content: [TEXT, TEXT] } } },
  'an answer cut short': { answer: { message: { content: [TEXT], stop_reason: 'max_tokens' } } },
  'a stop sequence': {
    answer: { message: { content: [TEXT], stop_reason: 'stop_sequence', stop_sequence: 'x' } },
    request: { stop: 'x' },
  },
  'a refusal without text': { answer: { message: { content: [], stop_reason: 'refusal' } } },
  'a refusal in the middle of its text': { answer: { message: { content: [TEXT], stop_reason: 'refusal' } } },
  'a call': { answer: { message: { content: [CALL] } }, request: { tools: [TOOL] } },
  'text and two calls': {
    answer: { message: { content: [TEXT, CALL, { ...CALL, id: 'toolu_02', input: {} }] } },
    request: { tools: [TOOL] },
  },
  thinking: {
    answer: { message: { content: [{ type: 'thinking', thinking: 'Hm.', signature: '' }, TEXT] } },
    request: { reasoning_effort: 'high' },
  },
  'cached tokens': {
    answer: {
      message: {
        content: [TEXT],
        usage: { cache_read_input_tokens: 12_304, cache_creation_input_tokens: 7, input_tokens: 3 },
      },
    },
  },
  'no counts': { answer: { message: { content: [TEXT], usage: { input_tokens: undefined!, service_tier: null } } } },
  'another tier': { answer: { message: { content: [TEXT], usage: { service_tier: 'priority' } } } },
  notices: { request: { seed: 1, unknown_field: true, temperature: 0.3 } },
  'a retired model': { request: { model: 'claude-sonnet-4-20250514' } },
  'an unknown block': { answer: { message: { content: [{ type: 'hologram' }, TEXT] } } },
};

/** Calls a server in every way that gives an answer of another kind. Throws when one has not the expected status. */
export async function collectAnswers(app: AppResource): Promise<ServedAnswer[]> {
  return [...(await collectCompletions(app)), ...(await collectModels(app)), ...(await collectErrors(app))];
}

async function collectCompletions(app: AppResource): Promise<ServedAnswer[]> {
  const answers: ServedAnswer[] = [];
  for (const [name, { answer, request }] of Object.entries(SCENES)) {
    if (answer) app.fake.reply(answer);
    const whole = await expectStatus(await postChat(app, { ...HELLO, ...request }), 200, name);
    answers.push({ name, kind: 'completion', ...CHAT, status: 200, value: await whole.json() });
    for (const include_usage of [false, true]) {
      if (answer) app.fake.reply(answer);
      const body = { ...HELLO, ...request, stream: true, stream_options: { include_usage } };
      const { chunks } = parseSse(await (await expectStatus(await postChat(app, body), 200, name)).text());
      answers.push(
        ...chunks.map((value) => ({ name: `${name}, streamed`, kind: 'chunk' as const, ...CHAT, status: 200, value })),
      );
    }
  }
  return answers;
}

async function collectModels(app: AppResource): Promise<ServedAnswer[]> {
  const get = async (path: string): Promise<unknown> =>
    (await expectStatus(await fetch(`${app.url}${path}`, { headers: bearer(app) }), 200, path)).json();
  const list = (await get('/v1/models')) as { data: { id: string }[] };
  const ids = [...list.data.map(({ id }) => id), 'claude-3-opus-20240229', 'claude-haiku-4-5'];
  const models = await Promise.all(
    ids.map(async (id): Promise<ServedAnswer> => ({
      name: id,
      kind: 'model',
      method: 'get',
      path: '/v1/models/{model}',
      status: 200,
      value: await get(`/v1/models/${id}`),
    })),
  );
  return [{ name: 'models', kind: 'models', method: 'get', path: '/v1/models', status: 200, value: list }, ...models];
}

async function collectErrors(app: AppResource): Promise<ServedAnswer[]> {
  const answers: ServedAnswer[] = [];
  const add = async (
    response: Response,
    status: number,
    where: Pick<ServedAnswer, 'method' | 'path'> = CHAT,
  ): Promise<void> => {
    const value: unknown = await (await expectStatus(response, status, `error ${status}`)).json();
    answers.push({ name: `error ${status}`, kind: 'error', ...where, status, value });
  };
  await add(await postChat(app, '{'), 400);
  await add(await postChat(app, { ...HELLO, messages: [{ role: 'user', content: [{ type: 'text' }] }] }), 400);
  await add(await postChat({ ...app, apiKey: 'wrong' }, HELLO), 401);
  await add(await postChat(app, HELLO, { headers: { origin: 'https://evil.example' } }), 403);
  await add(await postChat(app, { ...HELLO, model: 'x' }), 404);
  await add(await postChat(app, 'x', { headers: { 'content-type': 'text/plain' } }), 415);
  for (const [upstream, status] of [
    [413, 413],
    [429, 429],
    [402, 429],
    [500, 500],
    [401, 502],
    [529, 503],
    [504, 504],
  ] as const) {
    app.fake.reply({ status: upstream, headers: { 'x-should-retry': 'false' } });
    await add(await postChat(app, HELLO), status);
  }
  const models = { method: 'get', path: '/v1/models' } as const;
  const model = { method: 'get', path: '/v1/models/{model}' } as const;
  await add(await fetch(`${app.url}/v1/models`), 401, models);
  await add(await fetch(`${app.url}/v1/models/x`, { headers: bearer(app) }), 404, model);
  await add(await fetch(`${app.url}/v1/models`, { method: 'DELETE' }), 405, models);

  app.fake.reply({ events: [{ type: 'content_block_start', index: 0, content_block: TEXT }] });
  const { chunks } = parseSse(await (await postChat(app, { ...HELLO, stream: true })).text());
  answers.push({ name: 'error inside a stream', kind: 'error', ...CHAT, status: 502, value: chunks.at(-1) });
  return answers;
}

function bearer({ apiKey }: AppResource): Record<string, string> {
  return { authorization: `Bearer ${apiKey}` };
}

async function expectStatus(response: Response, status: number, name: string): Promise<Response> {
  if (response.status === status) return response;
  throw new Error(`${name}: status ${response.status} in place of ${status}: ${await response.text()}`);
}
