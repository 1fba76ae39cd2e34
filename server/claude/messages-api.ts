import type { ClaudeUsage } from './answer/usage.ts';

/**
 * Claude's stream events, as much of them as is read. Claude adds new events, blocks and deltas
 * without notice, so every `type` is a string, and what is unknown is passed over.
 */
export interface ClaudeEvent {
  type: string;
  index?: number;
  message?: { id?: string; model?: string; usage?: ClaudeUsage | null };
  content_block?: ClaudeBlock;
  delta?: ClaudeDelta;
  usage?: ClaudeUsage | null;
  error?: { type?: string; message?: string; details?: { error_code?: string } };
}

export interface ClaudeBlock {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  data?: string;
  id?: string;
  name?: string;
  input?: unknown;
  citations?: unknown[] | null;
}

interface ClaudeDelta {
  type?: string;
  text?: string;
  thinking?: string;
  signature?: string;
  partial_json?: string;
  citation?: unknown;
  stop_reason?: string | null;
  stop_details?: { explanation?: string | null } | null;
}

/** A whole answer. */
export interface ClaudeMessage {
  id?: string;
  model: string;
  content: ClaudeBlock[];
  stop_reason: string | null;
  stop_details?: { explanation?: string | null } | null;
  usage: ClaudeUsage;
}
