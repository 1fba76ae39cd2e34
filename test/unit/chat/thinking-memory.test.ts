import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { ThinkingMemory } from '../../../server/chat/thinking-memory.ts';
import type { ClaudeBlock } from '../../../server/claude/messages-api.ts';

const SEAL = { model: 'claude-opus-5-5', prefix: 'p' };
const THINKING: ClaudeBlock = { type: 'thinking', thinking: 'hm', signature: 's' };
const call = (id: string, input: object = {}): ClaudeBlock => ({ type: 'tool_use', id, name: 'a', input });
const answer = (id: string): ClaudeBlock[] => [THINKING, call(id)];
/** Answers under ids of one length are all of this size. */
const SIZE = JSON.stringify(answer('call_1')).length * 2;

const HOUR = 60 * 60_000;

function memoryOf(options: { lifetimeMs?: number; maxBytes?: number } = {}): ThinkingMemory {
  return new ThinkingMemory({ lifetimeMs: HOUR, maxBytes: 1024 * 1024, ...options });
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an answer with signed thinking and calls', () => {
  it('is given back by the id of its first call, with its seal', () => {
    const memory = memoryOf();
    const content = [THINKING, { type: 'text', text: 'a' }, call('call_1'), call('call_2')];
    memory.keep('ada', SEAL, content);
    expect(memory.recall('ada', 'call_1')).toMatchObject({ ...SEAL, content });
    expect(memory.recall('ada', 'call_2')).toBeUndefined();
  });

  it('is kept when its thinking is redacted', () => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, [{ type: 'redacted_thinking', data: 'd' }, call('call_1')]);
    expect(memory.recall('ada', 'call_1')).toBeDefined();
  });

  it('can be asked for more than once', () => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, answer('call_1'));
    const first = memory.recall('ada', 'call_1');
    expect(first).toBeDefined();
    expect(memory.recall('ada', 'call_1')).toEqual(first);
    expect(memory.bytes).toBe(SIZE);
  });

  it('belongs to its owner alone', () => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, answer('call_1'));
    memory.keep('bob', { ...SEAL, prefix: 'q' }, answer('call_1'));
    expect(memory.recall('ada', 'call_1')).toMatchObject({ prefix: 'p' });
    expect(memory.recall('bob', 'call_1')).toMatchObject({ prefix: 'q' });
    expect(memory.recall('eve', 'call_1')).toBeUndefined();
  });

  it('gives way to a later one of the same call', () => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, answer('call_1'));
    memory.keep('ada', { ...SEAL, prefix: 'q' }, answer('call_1'));
    expect(memory.recall('ada', 'call_1')).toMatchObject({ prefix: 'q' });
    expect(memory.bytes).toBe(SIZE);
  });
});

test.each<[string, ClaudeBlock[]]>([
  ['an answer without thinking', [{ type: 'text', text: 'a' }, call('call_1', { a: 1 })]],
  ['thinking without a signature', [{ type: 'thinking', thinking: 'hm' }, call('call_1')]],
])('of %s only its call is kept, which says that there is nothing to put back', (_, content) => {
  const memory = memoryOf();
  memory.keep('ada', SEAL, content);
  expect(memory.recall('ada', 'call_1')?.content).toEqual([{ type: 'tool_use', id: 'call_1' }]);
});

describe('nothing is kept of', () => {
  test.each<[string, ClaudeBlock[]]>([
    ['an answer without calls', [THINKING, { type: 'text', text: 'a' }]],
    ['an empty answer', []],
    ['a call without an id', [THINKING, { type: 'tool_use', name: 'a', input: {} }]],
  ])('%s', (_, content) => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, content);
    expect(memory.bytes).toBe(0);
    expect(memory.recall('ada', 'call_1')).toBeUndefined();
  });

  it('one that is larger than the memory, and nothing makes way for it', () => {
    const memory = memoryOf({ maxBytes: 2 * SIZE });
    memory.keep('ada', SEAL, answer('call_1'));
    memory.keep('ada', SEAL, [THINKING, call('call_2', { text: 'x'.repeat(SIZE) })]);
    expect(memory.recall('ada', 'call_2')).toBeUndefined();
    expect(memory.recall('ada', 'call_1')).toBeDefined();
  });
});

describe('the lifetime', () => {
  test.each([
    ['just before its end the answer is there', HOUR - 1, true],
    ['at its end the answer is gone', HOUR, false],
  ])('%s', (_, elapsed, there) => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, answer('call_1'));
    vi.advanceTimersByTime(elapsed);
    expect(memory.recall('ada', 'call_1') !== undefined).toBe(there);
    expect(memory.bytes).toBe(there ? SIZE : 0);
  });

  it('starts again when the answer is asked for', () => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, answer('call_1'));
    vi.advanceTimersByTime(HOUR - 1);
    memory.recall('ada', 'call_1');
    vi.advanceTimersByTime(HOUR - 1);
    expect(memory.recall('ada', 'call_1')).toBeDefined();
  });

  it('frees the bytes of answers that nobody asks for, when the next one comes', () => {
    const memory = memoryOf();
    memory.keep('ada', SEAL, answer('call_1'));
    memory.keep('ada', SEAL, answer('call_2'));
    vi.advanceTimersByTime(HOUR);
    memory.keep('ada', SEAL, answer('call_3'));
    expect(memory.bytes).toBe(SIZE);
    expect(memory.recall('ada', 'call_3')).toBeDefined();
  });
});

describe('the bound in bytes', () => {
  it('is kept by letting the oldest go', () => {
    const memory = memoryOf({ maxBytes: 2 * SIZE });
    for (const id of ['call_1', 'call_2', 'call_3']) memory.keep('ada', SEAL, answer(id));
    expect(memory.bytes).toBe(2 * SIZE);
    expect(['call_1', 'call_2', 'call_3'].map((id) => memory.recall('ada', id) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('spares what was used since', () => {
    const memory = memoryOf({ maxBytes: 2 * SIZE });
    memory.keep('ada', SEAL, answer('call_1'));
    memory.keep('ada', SEAL, answer('call_2'));
    memory.recall('ada', 'call_1');
    memory.keep('ada', SEAL, answer('call_3'));
    expect(memory.recall('ada', 'call_1')).toBeDefined();
    expect(memory.recall('ada', 'call_2')).toBeUndefined();
  });

  it('holds over a thousand answers of many owners', () => {
    const memory = memoryOf({ maxBytes: 10 * SIZE });
    for (let index = 0; index < 1000; index++) {
      memory.keep(`owner-${index % 7}`, SEAL, answer(`call_${index}`));
      expect(memory.bytes).toBeLessThanOrEqual(10 * SIZE);
    }
    expect(memory.bytes).toBeGreaterThan(8 * SIZE);
  });
});
