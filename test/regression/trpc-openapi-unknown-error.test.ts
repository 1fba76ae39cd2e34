import { expect, test, vi } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

const SECRET = 'password=hunter2 at db.internal';

// trpc-to-openapi shows the message of whatever was thrown.
test('the text of an unknown error reaches no caller and no log', async () => {
  await using app = await startApp({ environment: { LOG_LEVEL: 'info' } });
  const { catalogue } = app.app.services;
  const fail = (): never => {
    throw new Error(SECRET, { cause: new TypeError(SECRET) });
  };
  for (const method of ['list', 'retrieve', 'withLiveLimits'] as const)
    vi.spyOn(catalogue, method).mockImplementation(fail);

  const headers = { authorization: `Bearer ${app.apiKey}`, 'content-type': 'application/json' };
  const answers = [
    await postChat(app, HELLO),
    await postChat(app, { ...HELLO, stream: true }),
    await fetch(`${app.url}/v1/models`, { headers }),
    await fetch(`${app.url}/v1/models/x`, { headers }),
    await fetch(`${app.url}/trpc/models.list`, { headers }),
    await fetch(`${app.url}/trpc/chat.complete`, { method: 'POST', headers, body: JSON.stringify({ json: HELLO }) }),
  ];
  for (const answer of answers) {
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).toContain('The server had an internal error');
    expect(text).not.toMatch(/hunter2|stack|\.ts:/);
  }
  await expect.poll(() => app.logs.length).toBe(answers.length);
  expect(app.logs.map(({ status }) => status)).toEqual(answers.map(() => 500));
  expect(JSON.stringify(app.logs)).not.toContain('hunter2');
});
