import { describe, expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { clientOf, eventsIn, model, post, type WireEvent } from './responses-client.ts';

describe('a stream', () => {
  test('whose caller leaves has Claude stop', async () => {
    await using app = await startApp();
    app.fake.reply(BEGUN);
    const caller = new AbortController();
    const response = await fetch(`${app.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
      body: JSON.stringify({ model, input: 'x', stream: true }),
      signal: caller.signal,
    });
    await response.body!.getReader().read();
    caller.abort();
    await app.fake.requests.at(-1)!.closed;
    expect(app.fake.requests.at(-1)!.finished).toBe(false);
  });

  test('is found by its id while it is made, by its caller alone', async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'test-key,other-key' } });
    for (const store of [true, false]) {
      const { opened, open } = gate();
      app.fake.reply({ events: words(2, (index) => (index === 1 ? opened : undefined)) });
      const stream = await clientOf(app).responses.create({ model, input: 'Hello', stream: true, store });
      const events = stream[Symbol.asyncIterator]();
      const { value } = (await events.next()) as { value: { response: { id: string } } };
      const { id } = value.response;
      const found = (key: string) => clientOf(app, key).responses.retrieve(id);
      const none = { status: 404 };
      if (store) expect(await found('test-key')).toMatchObject({ id, status: 'in_progress', output: [] });
      else await expect(found('test-key')).rejects.toMatchObject(none);
      await expect(found('other-key')).rejects.toMatchObject(none);
      open();
      while (!(await events.next()).done);
      if (store) expect(await found('test-key')).toMatchObject({ id, status: 'completed' });
      else await expect(found('test-key')).rejects.toMatchObject(none);
    }
    expect(claudeCalls(app)).toBe(2);
  });

  test('with a name is read on after each of 20 cuts, and no event is there twice', async () => {
    await using app = await startApp();
    const gates = Array.from({ length: 20 }, gate);
    app.fake.reply({ events: words(20, (index) => gates[index]!.opened) });
    const seen: WireEvent[] = [];
    let id = '';
    for (let cut = 0; cut < 20; cut += 1) {
      const caller = new AbortController();
      const { signal } = caller;
      const headers = {
        authorization: `Bearer ${app.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': 'k',
      };
      const response =
        id === ''
          ? await (gates[0]!.open(),
            fetch(`${app.url}/v1/responses`, {
              method: 'POST',
              headers,
              body: JSON.stringify({ model, input: 'x', stream: true }),
              signal,
            }))
          : await fetch(`${app.url}/v1/responses/${id}?stream=true&starting_after=${seen.length - 1}`, {
              headers,
              signal,
            });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      gates[cut]!.open();
      let text = '';
      while (!text.includes(`"delta":"${cut} "`)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended: ${text}`);
        text += value;
      }
      // The last event may be cut in its middle: only whole ones were seen.
      seen.push(...eventsIn(text.slice(0, text.lastIndexOf('\n\n'))));
      id ||= seen[0]!.response!.id;
      caller.abort();
      await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
    }
    const rest = await fetch(`${app.url}/v1/responses/${id}?stream=true&starting_after=${seen.length - 1}`, {
      headers: { authorization: `Bearer ${app.apiKey}` },
    });
    seen.push(...eventsIn(await rest.text()));
    expect(seen.map((event) => event.sequence_number)).toEqual(seen.map((_, index) => index));
    expect(seen.map(({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')).join('')).toBe(
      expectedWords(20),
    );
    expect(seen.at(-1)!.type).toBe('response.completed');
    expect(claudeCalls(app)).toBe(1);
  });

  test('asked again under its name joins the answer that it began', async () => {
    await using app = await startApp();
    const body = { input: 'x', stream: true };
    const [one, other] = await Promise.all([1, 2].map(() => post(app, body, { 'idempotency-key': 'k' })));
    expect(await one!.text()).toBe(await other!.text());
    expect(claudeCalls(app)).toBe(1);
  });
});
