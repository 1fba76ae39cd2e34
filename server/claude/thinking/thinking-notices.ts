import type { Notices } from '../notices.ts';
import type { ThinkingFate } from './restore-thinking.ts';

const FATES: Readonly<Record<Exclude<ThinkingFate, 'whole' | 'none'> | 'unwanted', string>> = {
  lost: 'the message, what stands before it or the model is not what Claude thought for, and it refuses such thinking',
  unknown: 'if Claude thought before these calls, what it thought is not kept here; it goes on without',
  unwanted: 'thinking goes back only where Claude is to think',
};

/** Says of thinking that does not go back why; only what the caller sent is `ignored`. */
export function noteThinking(fate: ThinkingFate | 'unwanted', isSent: boolean, path: string, notices: Notices): void {
  if (fate === 'whole' || fate === 'none') return;
  if (isSent && fate !== 'unwanted') notices.add(`${path}.reasoning_details`, 'ignored', FATES.lost);
  else notices.add(`${path}.${isSent ? 'reasoning_details' : 'tool_calls'}`, 'emulated', FATES[fate]);
}
