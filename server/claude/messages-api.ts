import type Anthropic from '@anthropic-ai/sdk';

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

/** The counts of Claude's `usage`, each cumulative where a stream repeats it. */
export interface ClaudeUsage {
  input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  output_tokens?: number | null;
  output_tokens_details?: { thinking_tokens?: number | null } | null;
  service_tier?: string | null;
  /** How long what was written to the cache is kept there. */
  cache_creation?: { ephemeral_1h_input_tokens?: number | null } | null;
  server_tool_use?: { web_search_requests?: number | null } | null;
  /** `standard` or `fast`. */
  speed?: string | null;
  /** Where Claude ran: `us` costs more. */
  inference_geo?: string | null;
}

/** The first version refuses sampling fields on every model; the second takes them where the model does. */
export type AnthropicVersion = '2026-10-21' | '2023-06-01';

export interface ClaudeRequest {
  version: AnthropicVersion;
  body: Anthropic.MessageCreateParams;
}
