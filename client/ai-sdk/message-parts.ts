import type { DynamicToolUIPart, ToolUIPart, UIMessage } from 'ai';
import type { Usage } from '../../shared/chat-completion.ts';
import type { Notice } from '../../shared/notice.ts';

export type MessagePart = UIMessage['parts'][number];
export type ToolPart = ToolUIPart | DynamicToolUIPart;

/** What the transport tells about an answer in its message's `metadata`; of several steps, the last one's. */
export interface TrestleMetadata {
  /** The completion's id, as in the server's log. */
  id?: string;
  /** The model that answered. */
  model?: string;
  usage?: Usage;
  /** What could not be honoured as asked. */
  notices?: Notice[];
}

/** The messages of a chat over Trestle: `useChat<TrestleUIMessage>()`. */
export type TrestleUIMessage = UIMessage<TrestleMetadata>;

export function isToolPart(part: MessagePart): part is ToolPart {
  return part.type === 'dynamic-tool' || part.type.startsWith('tool-');
}

export function toolNameOf(part: ToolPart): string {
  return part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length);
}

/** What this transport keeps with a part, so that it can be sent back: under `trestle` in the part's metadata. */
export interface KeptWithPart {
  /** Claude's signed thinking of a reasoning part. */
  reasoningDetails?: unknown[];
  /** The text is Claude's refusal. */
  refusal?: boolean;
  /** The call is one of a free-form tool. */
  custom?: boolean;
}

export function keptWith(metadata: Record<string, unknown> | undefined): KeptWithPart {
  return metadata?.['trestle'] ?? {};
}
