import { describe, expect, it, test } from 'vitest';
import type { ChatCompletionChunk, Delta } from '../../../../shared/chat-chunk.ts';
import { foldChunks } from '../../../../shared/fold-chunks.ts';
import { chunksOf, ENVELOPE } from '../../../support/translated.ts';

// The order of events is Claude's own; what each test shows once went wrong in another gateway.

function start(usage: object | undefined = { input_tokens: 12, output_tokens: 1 }): object {
  return { type: 'message_start', message: { id: 'msg_1', model: 'claude-opus-5-5', content: [], usage } };
}

function open(index: number, contentBlock: object): object {
  return { type: 'content_block_start', index, content_block: contentBlock };
}

function delta(index: number, change: object): object {
  return { type: 'content_block_delta', index, delta: change };
}

function close(index: number): object {
  return { type: 'content_block_stop', index };
}

function end(stopReason: string | null, { usage = { output_tokens: 9 }, details = null }: EndOptions = {}): object[] {
  return [
    { type: 'message_delta', delta: { stop_reason: stopReason, stop_details: details }, usage },
    { type: 'message_stop' },
  ];
}

interface EndOptions {
  usage?: object;
  details?: object | null;
}

function say(index: number, ...texts: string[]): object[] {
  const deltas = texts.map((text) => delta(index, { type: 'text_delta', text }));
  return [open(index, { type: 'text', text: '' }), ...deltas, close(index)];
}

function call(index: number, name: string, ...pieces: string[]): object[] {
  return callWith({}, index, name, ...pieces);
}

function callWith(input: unknown, index: number, name: string, ...pieces: string[]): object[] {
  const deltas = pieces.map((json) => delta(index, { type: 'input_json_delta', partial_json: json }));
  return [open(index, { type: 'tool_use', id: `toolu_${index}`, name, input }), ...deltas, close(index)];
}

function deltasOf(chunks: readonly ChatCompletionChunk[]): Delta[] {
  return chunks.flatMap(({ choices }) => choices.map((choice) => choice.delta));
}

function finishReasons(chunks: readonly ChatCompletionChunk[]): unknown[] {
  return chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? []));
}

function calls(chunks: readonly ChatCompletionChunk[]): unknown {
  return foldChunks(chunks).choices[0]?.message.tool_calls;
}

function argumentsOf(...events: object[]): string {
  const chunks = chunksOf([start(), ...events, ...end('tool_use')]);
  const pieces = deltasOf(chunks).flatMap(({ tool_calls = [] }) => tool_calls);
  return pieces.map((piece) => piece.function?.arguments ?? '').join('');
}

describe('a stream of text', () => {
  it('is the role, the pieces, and one finish', () => {
    const chunks = chunksOf([start(), ...say(0, 'Hel', 'lo'), ...end('end_turn')], { includeUsage: false });
    const common = { ...ENVELOPE, object: 'chat.completion.chunk', model: 'claude-opus-5-5' };
    const choice = (value: Delta, finish: string | null = null): object => ({
      ...common,
      choices: [{ index: 0, delta: value, logprobs: null, finish_reason: finish }],
    });
    expect(chunks).toEqual([
      choice({ role: 'assistant', content: '', refusal: null }),
      choice({ content: 'Hel' }),
      choice({ content: 'lo' }),
      choice({}, 'stop'),
    ]);
  });

  it('begins with the text that its block starts with', () => {
    const chunks = chunksOf([start(), open(0, { type: 'text', text: 'Hi' }), close(0), ...end('end_turn')]);
    expect(foldChunks(chunks).choices[0]?.message.content).toBe('Hi');
  });

  it('without any content still has a role, empty content and a finish', () => {
    const chunks = chunksOf([start(), ...end('end_turn')]);
    expect(deltasOf(chunks)).toEqual([{ role: 'assistant', content: '', refusal: null }, { content: '' }, {}]);
    expect(finishReasons(chunks)).toEqual(['stop']);
  });

  it('names the role once though message_start comes twice, and doubles no tokens', () => {
    const chunks = chunksOf([start(), ...say(0, 'a'), start(), ...say(1, 'b'), ...end('end_turn')]);
    expect(deltasOf(chunks).filter(({ role }) => role)).toHaveLength(1);
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 });
  });

  it('ignores pings, and events, blocks and deltas of types that are yet to come', () => {
    const known = [start(), ...say(0, 'a'), ...end('end_turn')];
    const strewn = known.flatMap((event) => [
      { type: 'ping' },
      event,
      { type: 'aurora' },
      open(7, { type: 'hologram', text: 'x' }),
      delta(7, { type: 'sparkle_delta', text: 'x' }),
      close(7),
    ]);
    expect(chunksOf(strewn)).toEqual([...chunksOf(known)]);
  });
});

describe('the arguments of a streamed call', () => {
  // L#5063, L#5091, and the four shapes in which Claude streams a call without arguments
  test.each<[string, object[]]>([
    ['no delta', call(0, 'now')],
    ['an empty delta', call(0, 'now', '')],
    ['empty deltas', call(0, 'now', '', '')],
    ['two deltas', call(0, 'now', '{', '}')],
  ])('are {} when there are none: %s', (_, events) => {
    expect(argumentsOf(...events)).toBe('{}');
  });

  // L#4537
  it('have no {} in front of them', () => {
    expect(argumentsOf(...call(0, 'f', '', '{"a"', ':1}'))).toBe('{"a":1}');
  });

  // L#4387, L#4695
  it('are those that the block starts with when no delta follows', () => {
    expect(argumentsOf(...callWith({ city: 'Oslo' }, 0, 'f'))).toBe('{"city":"Oslo"}');
    expect(argumentsOf(...callWith({ city: 'Oslo' }, 0, 'f', ''))).toBe('{"city":"Oslo"}');
  });

  it('are the deltas alone when both come', () => {
    expect(argumentsOf(...callWith({ city: 'Os' }, 0, 'f', '{"city":', '"Oslo"}'))).toBe('{"city":"Oslo"}');
  });

  it('are complete though the block is never closed', () => {
    expect(argumentsOf(open(0, { type: 'tool_use', id: 'toolu_0', name: 'now', input: {} }))).toBe('{}');
  });

  // L#15322
  it('cut short by the token limit are passed on as they are, under length', () => {
    const chunks = chunksOf([start(), ...call(0, 'write', '{"text":"Once upon'), ...end('max_tokens')]);
    expect(finishReasons(chunks)).toEqual(['length']);
    expect(calls(chunks)).toMatchObject([{ function: { name: 'write', arguments: '{"text":"Once upon' } }]);
  });

  // higress PR#3507
  it('follow a piece with id, type and name', () => {
    const pieces = deltasOf(chunksOf([start(), ...call(0, 'f', '{}'), ...end('tool_use')])).flatMap(
      ({ tool_calls = [] }) => tool_calls,
    );
    expect(pieces).toEqual([
      { index: 0, id: 'toolu_0', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{}' } },
    ]);
  });
});

describe('streamed calls', () => {
  // aisuite PR#386
  it('are all there, counted from 0 whatever blocks stand between', () => {
    const chunks = chunksOf([
      start(),
      ...say(0, 'Looking.'),
      ...call(1, 'f', '{"a":1}'),
      ...say(2, 'And.'),
      ...call(3, 'g'),
      ...end('tool_use'),
    ]);
    expect(calls(chunks)).toEqual([
      { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'toolu_3', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
    expect(foldChunks(chunks).choices[0]?.message.content).toBe('Looking.And.');
  });

  // L#17254
  it("are only the caller's own, not what Claude runs itself", () => {
    const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
    const query = delta(0, { type: 'input_json_delta', partial_json: '{"query":"x"}' });
    const chunks = chunksOf([start(), open(0, search), query, close(0), ...say(1, 'Found.'), ...end('end_turn')]);
    expect(calls(chunks)).toBeUndefined();
    expect(finishReasons(chunks)).toEqual(['stop']);
  });

  // L#34692
  it('finish with tool_calls though Claude says that its turn ended', () => {
    expect(finishReasons(chunksOf([start(), ...call(0, 'f'), ...end('end_turn')]))).toEqual(['tool_calls']);
  });

  // aisix PR#187
  it('that are none do not finish with tool_calls, whatever Claude says', () => {
    expect(finishReasons(chunksOf([start(), ...say(0, 'a'), ...end('tool_use')]))).toEqual(['stop']);
  });

  // hermes-agent#11929
  it('without text have null for content, not ""', () => {
    const chunks = chunksOf([start(), ...call(0, 'f'), ...end('tool_use')]);
    expect(deltasOf(chunks)[0]).toEqual({ role: 'assistant', content: null, refusal: null });
    expect(foldChunks(chunks).choices[0]?.message.content).toBeNull();
  });
});

describe('the finish of a stream', () => {
  // B#1821, where agents ran forever for want of one
  test.each<[string | null, string]>([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'stop'],
    ['solar_flare', 'stop'],
    [null, 'stop'],
  ])('for %s is %s, once, in the last chunk with a choice', (stopReason, expected) => {
    const chunks = chunksOf([start(), ...say(0, 'a'), ...end(stopReason)]);
    expect(finishReasons(chunks)).toEqual([expected]);
    expect(chunks.at(-2)?.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: expected }]);
  });

  it('keeps the stop reason that came first when a later event has none', () => {
    const later = { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 10 } };
    const [first, stop] = end('max_tokens') as [object, object];
    expect(finishReasons(chunksOf([start(), ...say(0, 'a'), first, later, stop]))).toEqual(['length']);
  });
});

describe('a refusal in a stream', () => {
  const details = { type: 'refusal', category: 'cyber', explanation: 'Not this.' };

  // llmgateway#2067
  it('without content says why, and has null for content', () => {
    const chunks = chunksOf([start(), ...end('refusal', { details })]);
    expect(deltasOf(chunks)).toEqual([
      { role: 'assistant', content: null, refusal: null },
      { refusal: 'Not this.' },
      {},
    ]);
    expect(foldChunks(chunks).choices[0]).toMatchObject({
      message: { content: null, refusal: 'Not this.' },
      finish_reason: 'content_filter',
    });
  });

  it('in the middle of text keeps what was said, and says why', () => {
    const chunks = chunksOf([start(), ...say(0, 'First, '), ...end('refusal', { details })]);
    expect(foldChunks(chunks).choices[0]).toMatchObject({
      message: { content: 'First, ', refusal: 'Not this.' },
      finish_reason: 'content_filter',
    });
  });

  it('that Claude does not explain has words of its own', () => {
    const { message } = foldChunks(chunksOf([start(), ...end('refusal')])).choices[0]!;
    expect(message.refusal).toBe('Claude declined to answer this request.');
  });
});

describe('the usage of a stream', () => {
  const answer = (usage: object): object[] => [start(), ...say(0, 'a'), ...end('end_turn', { usage })];

  // L#9812, L#11920, any-llm PR#1392
  it('comes last, in a chunk without choices, with the cache counted in', () => {
    const cached = { input_tokens: 3, cache_read_input_tokens: 12_304, cache_creation_input_tokens: 0 };
    const chunks = chunksOf([start({ ...cached, output_tokens: 1 }), ...say(0, 'a'), ...end('end_turn')]);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 12_307, completion_tokens: 9, total_tokens: 12_316 },
    });
    expect(chunks.at(-1)?.usage?.prompt_tokens_details).toEqual({ cached_tokens: 12_304, cache_write_tokens: 0 });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('is not there when it was not asked for', () => {
    const chunks = chunksOf(answer({ output_tokens: 9 }), { includeUsage: false });
    expect(chunks.some((chunk) => 'usage' in chunk || chunk.choices.length === 0)).toBe(false);
  });

  // envoy NoDoubleCounting
  it('is what Claude said last, not a sum', () => {
    const twice = { type: 'message_delta', delta: {}, usage: { input_tokens: 61, output_tokens: 5 } };
    const chunks = chunksOf([start(), ...say(0, 'a'), twice, ...end('end_turn', { usage: { output_tokens: 12 } })]);
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 61, completion_tokens: 12, total_tokens: 73 });
  });

  // B#5604
  it('is never made up: the finish reason and the tokens of one event are both kept', () => {
    const chunks = chunksOf(answer({ output_tokens: 33 }));
    expect(finishReasons(chunks)).toEqual(['stop']);
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 33 });
  });
});

describe('thinking in a stream', () => {
  const think = (...texts: string[]): object[] => [
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    ...texts.map((thinking) => delta(0, { type: 'thinking_delta', thinking })),
    delta(0, { type: 'signature_delta', signature: 'EqQB' }),
    close(0),
  ];

  // new-api#861
  it('is reasoning, never content', () => {
    const chunks = chunksOf([start(), ...think('Let me', ' see.'), ...say(1, 'Yes.'), ...end('end_turn')]);
    expect(foldChunks(chunks).choices[0]?.message).toMatchObject({
      content: 'Yes.',
      reasoning_content: 'Let me see.',
    });
  });

  it('that Claude keeps to itself opens the stream all the same', () => {
    const chunks = chunksOf([start(), ...think(), ...say(1, 'Yes.'), ...end('end_turn')]);
    expect(deltasOf(chunks).slice(0, 2)).toEqual([
      { role: 'assistant', content: null, refusal: null },
      { content: 'Yes.' },
    ]);
    expect(foldChunks(chunks).choices[0]?.message).not.toHaveProperty('reasoning_content');
  });
});
