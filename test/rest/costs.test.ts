import { expect, test } from 'vitest';
import type { AppResource } from '../support/app-resource.ts';
import { startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

// Claude bills each call that it answered, whatever becomes of the answer: so each of them is counted.

const usage = { input_tokens: 10, output_tokens: 3 };
const says = (text: string): { message: object } => ({ message: { content: [{ type: 'text', text }], usage } });
const REFUSED = { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'no' } } };

async function tokensOf({ url, apiKey }: AppResource): Promise<{ prompt: number; completion: number }> {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })).text();
  const count = (kind: string): number =>
    Number(new RegExp(`^trestle_tokens_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { prompt: count('prompt'), completion: count('completion') };
}

test('an answer that strict mode refuses to the caller is counted', async () => {
  await using app = await startApp();
  app.fake.reply(says('I would rather not call.'));
  const look = {
    type: 'function',
    function: { name: 'look', parameters: { type: 'object', additionalProperties: {} } },
  };
  const request = { ...HELLO, tools: [look], tool_choice: { type: 'function', function: { name: 'look' } } };
  const response = await postChat(app, request, { headers: { 'x-trestle-strict': 'true' } });
  expect(response.status).not.toBe(200);
  await response.text();
  expect(app.fake.requests).toHaveLength(1);
  expect(await tokensOf(app)).toEqual({ prompt: 10, completion: 3 });
});

test.each([false, true])('the choice that came is counted where another one fails (stream: %s)', async (stream) => {
  await using app = await startApp();
  let answered = 0;
  app.fake.replyWith(async () => {
    answered += 1;
    if (answered === 1) return says('One.');
    // The first choice is whole before the second one fails.
    await app.fake.requests[0]!.closed;
    return REFUSED;
  });
  const response = await postChat(app, { ...HELLO, n: 2, stream });
  await response.text().catch(() => undefined);
  expect(answered).toBe(2);
  await expect.poll(() => tokensOf(app)).toEqual({ prompt: 10, completion: 3 });
});

test('what Claude said before a pause is counted where it fails after it', async () => {
  await using app = await startApp();
  app.fake.reply({ message: { content: [{ type: 'text', text: 'Wait.' }], stop_reason: 'pause_turn', usage } });
  app.fake.reply(REFUSED);
  const response = await postChat(app, { ...HELLO, web_search_options: {} });
  expect(response.status).toBe(400);
  await response.text();
  expect(app.fake.requests).toHaveLength(2);
  expect(await tokensOf(app)).toEqual({ prompt: 10, completion: 3 });
});
