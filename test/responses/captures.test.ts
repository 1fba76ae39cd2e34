import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { capturesOf, OWN_CAPTURES } from '../support/captures.ts';

// What real clients sent, with their texts and ids taken out: each request is taken at its door, and what comes of it is
// taken by Claude's own rules.

const captures = capturesOf(
  /^(agents-sdk|cline|codex|copilot-[123]|gptme|home-assistant|mini-swe-agent|open-webui|opencode|pi)-/,
).flatMap(({ name, url, body, frames }) =>
  (frames ?? [body]).map((sent, index) => ({ name: `${name} ${index}`, url, sent })),
);

interface Item {
  type?: string;
  call_id?: string;
}

/** The calls of the response before, whose results these are. */
function callsFor(input: readonly Item[]): object[] {
  return input
    .filter(({ type }) => type?.endsWith('_call_output'))
    .map(({ call_id: id }) => ({ type: 'function_call', call_id: id, name: 'exec_command', arguments: '{}' }));
}

/** Aliases for the names of models that are not Claude's. */
const TRESTLE_MODEL_ALIASES = JSON.stringify(
  Object.fromEntries(
    captures
      .map(({ sent }) => String(sent['model']))
      .filter((model) => !model.startsWith('claude-'))
      .map((model) => [model, 'claude-sonnet-5-5']),
  ),
);

test.runIf(OWN_CAPTURES)('there are captures of all the clients', () => {
  expect(captures.length).toBeGreaterThan(24);
});

test.each(captures)('$name is taken', async ({ url, sent }) => {
  await using app = await startApp({ environment: { TRESTLE_MODEL_ALIASES } });
  // What a request before it came to is not here; over a WebSocket, `generate` asks for no answer.
  const { previous_response_id: previous, type: _type, generate: _generate, ...body } = sent;
  if (previous !== undefined) body['input'] = [...callsFor(body['input'] as Item[]), ...(body['input'] as Item[])];
  const response = await fetch(app.url + url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(app.fake.refusals).toEqual([]);
  expect(app.fake.requests.at(-1)!.path).toBe('/v1/messages');
  if (url.startsWith('/v1/responses') && body['stream'] === true) {
    expect(text).toMatch(/event: response\.completed\ndata: .*\n\n$/);
  }
});
