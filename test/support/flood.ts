import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Answer } from './fake-claude.ts';

const PIECE = 'x'.repeat(16 * 1024);

/** A long answer, written no faster than it is read. */
export interface Flood {
  answer: Answer;
  /** Characters of the whole answer. */
  size: number;
  /** Characters that Claude has written so far. */
  written: number;
}

/** An answer of so many pieces of 16 KiB, as fast as it is read. */
export function flood(model: string, pieces: number): Flood {
  function* events(): Generator<object> {
    yield { type: 'message_start', message: { id: 'msg_1', model, usage: { input_tokens: 1 } } };
    yield { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
    for (let index = 0; index < pieces; index += 1) {
      yield { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: PIECE } };
      state.written += PIECE.length;
    }
    yield { type: 'content_block_stop', index: 0 };
    yield { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } };
    yield { type: 'message_stop' };
  }
  const state: Flood = { answer: { events: events() }, size: pieces * PIECE.length, written: 0 };
  return state;
}

/** Resolves to what was written once nothing more has been for half a second. */
export async function stoodStill(state: Flood): Promise<number> {
  let before = -1;
  await eventually(
    () => {
      const { written } = state;
      const moved = written !== before;
      before = written;
      expect(moved).toBe(false);
    },
    { interval: 500, timeout: 10_000 },
  );
  return before;
}
