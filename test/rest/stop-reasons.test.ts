import { describe, expect, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { startApp } from '../support/app-resource.ts';
import { HELLO, parseSse, postChat } from '../support/rest-request.ts';

// Claude's API gains stop reasons; an answer that has one of them is whole, and says so.

describe.each([false, true])('an unknown stop reason (stream: %s)', (stream) => {
  test.each([undefined, 'true'])('is an end, with one notice for all choices (strict: %s)', async (strict) => {
    await using app = await startApp();
    const message = { content: [{ type: 'text' as const, text: 'Hello' }], stop_reason: 'solar_flare' as 'end_turn' };
    app.fake.reply({ message });
    app.fake.reply({ message });
    const headers: Record<string, string> = strict === undefined ? {} : { 'x-trestle-strict': strict };
    const response = await postChat(app, { ...HELLO, n: 2, stream }, { headers });
    const { choices, notices } = stream
      ? foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[])
      : ((await response.json()) as ChatCompletion);
    expect(choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
      ['Hello', 'stop'],
      ['Hello', 'stop'],
    ]);
    const { message: said } = notices!.find(({ param }) => param === 'finish_reason')!;
    expect(said).toContain("'solar_flare'");
    expect(notices!.filter(({ param }) => param === 'finish_reason')).toHaveLength(1);
  });
});
