import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startOpenAI } from './openai-client.ts';

/** The comments that go out while Claude is silent, put before, between and after all that is sent. */
function withComments(body: ReadableStream<Uint8Array>, sent: string[]): ReadableStream<Uint8Array> {
  let rest = '';
  const decoder = new TextDecoder();
  const spread = new TransformStream<Uint8Array, string>({
    transform(bytes, controller) {
      const records = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = records.pop()!;
      sent.push(...records);
      for (const record of records) controller.enqueue(`: keep-alive\n\n${record}\n\n: keep-alive\n\n`);
    },
  });
  return body.pipeThrough(spread).pipeThrough(new TextEncoderStream());
}

test("keep-alive comments do not disturb OpenAI's client (pitfall 23)", async () => {
  await using server = await startOpenAI();
  const { baseURL, apiKey } = server.openai;
  const commented: string[] = [];
  const openai = new OpenAI({
    apiKey,
    baseURL,
    maxRetries: 0,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      return new Response(withComments(response.body!, commented), response);
    },
  });
  const request = { model: 'claude-sonnet-4-6', messages: [{ role: 'user' as const, content: 'Hello' }] };
  const plain = await server.openai.chat.completions.stream(request).finalChatCompletion();
  const spread = await openai.chat.completions.stream(request).finalChatCompletion();
  expect(spread.choices).toEqual(plain.choices);
  expect(spread.choices[0]!.message.content).not.toBe('');
  expect(commented.length).toBeGreaterThan(3);
  expect(commented.at(-1)).toBe('data: [DONE]');
});
