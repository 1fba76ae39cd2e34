import type { AppResource } from './app-resource.ts';
import { HELLO, parseSse, readToCut, postChat } from './rest-request.ts';
import { SCENES } from './served-scenes.ts';

export type AnswerKind = 'completion' | 'chunk' | 'tokens' | 'models' | 'model' | 'error';

/** One JSON text that a server gave, with where it came from. */
export interface ServedAnswer {
  name: string;
  kind: AnswerKind;
  method: 'get' | 'post';
  /** As the OpenAPI document spells it. */
  path: '/v1/chat/completions' | '/v1/chat/completions/input_tokens' | '/v1/models' | '/v1/models/{model}';
  status: number;
  value: unknown;
}

const CHAT = { method: 'post', path: '/v1/chat/completions' } as const;
const TOKENS = { method: 'post', path: '/v1/chat/completions/input_tokens' } as const;

/** Calls a server in every way that gives an answer of another kind. Throws when one has not the expected status. */
export async function collectAnswers(app: AppResource): Promise<ServedAnswer[]> {
  return [
    ...(await collectCompletions(app)),
    ...(await collectTokenCounts(app)),
    ...(await collectModels(app)),
    ...(await collectErrors(app)),
  ];
}

async function collectCompletions(app: AppResource): Promise<ServedAnswer[]> {
  const answers: ServedAnswer[] = [];
  for (const [name, { answer, request }] of Object.entries(SCENES)) {
    const body = { ...HELLO, ...request };
    // One answer for each choice.
    const play = (): void => {
      const choices = 'n' in body ? Number(body.n) : 1;
      for (let left = choices; answer && left > 0; left -= 1) app.fake.reply(answer);
    };
    play();
    const whole = await expectStatus(await postChat(app, body), 200, name);
    answers.push({ name, kind: 'completion', ...CHAT, status: 200, value: await whole.json() });
    for (const include_usage of [false, true]) {
      play();
      const response = await postChat(app, { ...body, stream: true, stream_options: { include_usage } });
      const { chunks, done } = parseSse(await (await expectStatus(response, 200, name)).text());
      if (!done) throw new Error(`${name}: the stream broke: ${JSON.stringify(chunks.at(-1))}`);
      answers.push(
        ...chunks.map((value) => ({ name: `${name}, streamed`, kind: 'chunk' as const, ...CHAT, status: 200, value })),
      );
    }
  }
  return answers;
}

async function collectTokenCounts(app: AppResource): Promise<ServedAnswer[]> {
  const headers = { ...bearer(app), 'content-type': 'application/json' };
  const response = await fetch(`${app.url}${TOKENS.path}`, { method: 'POST', headers, body: JSON.stringify(HELLO) });
  const value: unknown = await (await expectStatus(response, 200, 'tokens')).json();
  return [{ name: 'tokens', kind: 'tokens', ...TOKENS, status: 200, value }];
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

  app.fake.reply({
    events: [{ type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hello' } }],
  });
  const { chunks } = parseSse((await readToCut(await postChat(app, { ...HELLO, stream: true }))).text);
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
