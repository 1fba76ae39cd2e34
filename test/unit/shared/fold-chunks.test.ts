import { describe, expect, it } from 'vitest';
import type { ChatCompletionChunk, ChunkChoice, Delta } from '../../../shared/chat-chunk.ts';
import type { CompletionMessage } from '../../../shared/chat-completion.ts';
import { ChunkFolder, foldChunks } from '../../../shared/fold-chunks.ts';

const ENVELOPE = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 5, model: 'claude-opus-5-5' } as const;

function choice(delta: Delta, rest: Partial<ChunkChoice> = {}): ChunkChoice {
  return { index: 0, delta, logprobs: null, finish_reason: null, ...rest };
}

function chunk(...choices: ChunkChoice[]): ChatCompletionChunk {
  return { ...ENVELOPE, choices };
}

const END = chunk(choice({}, { finish_reason: 'stop' }));

function messageOf(...deltas: Delta[]): CompletionMessage | undefined {
  return foldChunks([...deltas.map((delta) => chunk(choice(delta))), END]).choices[0]?.message;
}

describe('folded chunks', () => {
  it('are the completion under the same id, created and model', () => {
    expect(foldChunks([chunk(choice({ role: 'assistant', content: 'Hi' })), END])).toStrictEqual({
      ...ENVELOPE,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
    });
  });

  it('tell content that never came from content that is empty', () => {
    expect(messageOf({ role: 'assistant', content: null })?.content).toBeNull();
    expect(messageOf({ role: 'assistant', content: null }, { content: '' })?.content).toBe('');
  });

  it('join text, refusal and reasoning', () => {
    const pieces = ['a', 'b'].map((text) => ({ content: text, refusal: `no ${text}`, reasoning_content: `${text}?` }));
    expect(messageOf(...pieces)).toEqual({
      role: 'assistant',
      content: 'ab',
      refusal: 'no ano b',
      reasoning_content: 'a?b?',
    });
  });

  it('put the pieces of calls together by index, whatever the order', () => {
    const message = messageOf(
      { tool_calls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'draw', input: '' } }] },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      {
        tool_calls: [
          { index: 0, function: { arguments: '{"a"' } },
          { index: 1, custom: { input: 'a ' } },
        ],
      },
      { tool_calls: [{ index: 1, custom: { input: 'cat' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
    );
    expect(message?.tool_calls).toEqual([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'b', type: 'custom', custom: { name: 'draw', input: 'a cat' } },
    ]);
  });

  it('put an older function_call together', () => {
    const message = messageOf(
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{' } },
      { function_call: { arguments: '}' } },
    );
    expect(message?.function_call).toEqual({ name: 'f', arguments: '{}' });
  });

  it('gather annotations and reasoning details', () => {
    const annotation = (url: string) => ({
      type: 'url_citation' as const,
      url_citation: { start_index: 0, end_index: 1, url, title: url },
    });
    const redacted = (data: string) => ({ type: 'redacted_thinking' as const, data });
    const message = messageOf(
      { annotations: [annotation('a')], reasoning_details: [redacted('1')] },
      { annotations: [annotation('b'), annotation('c')], reasoning_details: [redacted('2')] },
    );
    expect(message?.annotations?.map(({ url_citation }) => url_citation.url)).toEqual(['a', 'b', 'c']);
    expect(message?.reasoning_details).toEqual([redacted('1'), redacted('2')]);
  });

  it('keep several choices apart, in order of index', () => {
    const folded = foldChunks([
      chunk(choice({ content: 'b' }, { index: 1 })),
      chunk(choice({ content: 'a' })),
      chunk(choice({ content: 'B' }, { index: 1 }), choice({ content: 'A' })),
      chunk(choice({}, { index: 1, finish_reason: 'length' })),
      END,
    ]);
    expect(folded.choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason])).toEqual([
      [0, 'aA', 'stop'],
      [1, 'bB', 'length'],
    ]);
  });

  it('take usage, tier and notices from the chunks that carry them', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const notices = [{ param: 'seed', action: 'ignored' as const, message: 'no seed' }];
    const folded = foldChunks([
      { ...chunk(choice({ content: 'a' })), usage: null },
      { ...END, usage: null, service_tier: 'default' },
      { ...chunk(), usage, notices },
    ]);
    expect(folded).toMatchObject({ usage, service_tier: 'default', notices });
  });

  it('of a stream that broke off are no completion', () => {
    expect(() => foldChunks([])).toThrow('the stream has no chunks');
    expect(() => foldChunks([chunk(choice({ content: 'a' }))])).toThrow('before choice 0 was finished');
  });
});

describe('folding', () => {
  it('changes no chunk, and no completion that was read before', () => {
    const first = chunk(
      choice({ tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }] }),
    );
    const folder = new ChunkFolder();
    folder.push(first);
    folder.push(END);
    const early = folder.completion;
    const before = structuredClone({ first, early });
    folder.push(chunk(choice({ content: 'x', tool_calls: [{ index: 0, function: { arguments: '}' } }] })));
    expect({ first, early }).toEqual(before);
    expect(folder.completion.choices[0]?.message).toMatchObject({
      content: 'x',
      tool_calls: [{ function: { arguments: '{}' } }],
    });
  });
});
