import type { UIMessageChunk } from 'ai';
import { isToolPart, type MessagePart, toolNameOf, type ToolPart } from './message-parts.ts';

/**
 * The chunks that make a message's parts again, for a message of several steps whose last one is resumed.
 * Calls that have their output are made without `tool-input-available`, which would have the page run them again.
 */
export function replayParts(parts: readonly MessagePart[]): UIMessageChunk[] {
  return parts.flatMap((part, index) => replayPart(part, `earlier-${index}`));
}

function replayPart(part: MessagePart, id: string): UIMessageChunk[] {
  if (isToolPart(part)) return replayCall(part);
  switch (part.type) {
    case 'step-start':
      return [{ type: 'start-step' }];
    case 'text':
    case 'reasoning': {
      const { type, text: delta, providerMetadata } = part;
      const kept = providerMetadata === undefined ? {} : { providerMetadata };
      return [
        { type: `${type}-start`, id, ...kept },
        { type: `${type}-delta`, id, delta },
        { type: `${type}-end`, id },
      ];
    }
    default:
      // Sources, files and data parts have the shape of their chunks.
      return [part];
  }
}

function replayCall(part: ToolPart): UIMessageChunk[] {
  const { toolCallId, callProviderMetadata } = part;
  const toolName = toolNameOf(part);
  const dynamic = part.type === 'dynamic-tool' ? { dynamic: true } : {};
  const call = { toolCallId, toolName, ...dynamic };
  const kept = callProviderMetadata === undefined ? {} : { providerMetadata: callProviderMetadata };
  if (part.state === 'input-available') {
    return [{ type: 'tool-input-available', ...call, ...kept, input: part.input }];
  }
  const isText = typeof part.input === 'string';
  const input = isText ? part.input : (JSON.stringify(part.input) ?? '');
  const chunks: UIMessageChunk[] = [
    { type: 'tool-input-start', ...call, ...kept, ...(isText && { inputEncoding: 'text' as const }) },
    { type: 'tool-input-delta', toolCallId, inputTextDelta: input as string },
  ];
  if (part.state === 'output-available')
    chunks.push({ type: 'tool-output-available', toolCallId, output: part.output });
  if (part.state === 'output-error') chunks.push({ type: 'tool-output-error', toolCallId, errorText: part.errorText });
  if (part.state === 'output-denied') chunks.push({ type: 'tool-output-denied', toolCallId });
  return chunks;
}
