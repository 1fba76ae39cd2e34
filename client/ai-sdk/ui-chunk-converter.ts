import type { FinishReason, UIMessageChunk } from 'ai';
import type { ChatCompletionChunk, Delta, ToolCallDelta } from '../../shared/chat-chunk.ts';
import type { KeptWithPart, TrestleMetadata } from './message-parts.ts';

type Metadata = Extract<UIMessageChunk, { type: 'reasoning-end' }>['providerMetadata'];

/** A part that is under way. */
type OpenPart =
  | { kind: 'text' | 'refusal' | 'reasoning'; id: string }
  | { kind: 'tool'; index: number; id: string; name: string; input: string; custom: boolean };

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
};

/** Trestle's chunks as those of the AI SDK's message stream, one step of a message. */
export class UiChunkConverter {
  readonly #metadata: TrestleMetadata = {};
  readonly #sources = new Set<string>();
  #open: OpenPart | undefined;
  #parts = 0;
  #finishReason: FinishReason | undefined;

  /** The parts that one chunk adds. Of several choices, the first alone is shown. */
  push({ id, model, choices, usage, notices }: ChatCompletionChunk): UIMessageChunk[] {
    Object.assign(this.#metadata, { id, model }, usage && { usage }, notices && { notices });
    const choice = choices.find(({ index }) => index === 0);
    if (choice === undefined) return [];
    const chunks = this.#delta(choice.delta);
    if (choice.finish_reason !== null) {
      this.#finishReason = FINISH_REASONS[choice.finish_reason] ?? 'other';
      chunks.push(...this.#close());
    }
    return chunks;
  }

  /** What ends the step and the message. */
  finish(): UIMessageChunk[] {
    const reason = this.#finishReason;
    return [
      ...this.#close(),
      { type: 'finish-step' },
      { type: 'finish', messageMetadata: this.#metadata, ...(reason !== undefined && { finishReason: reason }) },
    ];
  }

  #delta(delta: Delta): UIMessageChunk[] {
    const chunks: UIMessageChunk[] = [];
    if (delta.reasoning_content) chunks.push(...this.#text('reasoning', delta.reasoning_content));
    if (delta.reasoning_details) chunks.push(...this.#sign(delta.reasoning_details));
    if (delta.content) chunks.push(...this.#text('text', delta.content));
    if (delta.refusal) chunks.push(...this.#text('refusal', delta.refusal));
    for (const call of delta.tool_calls ?? []) chunks.push(...this.#call(call));
    for (const { url_citation: citation } of delta.annotations ?? []) {
      const { url, title } = citation;
      if (this.#sources.has(url)) continue;
      this.#sources.add(url);
      chunks.push({ type: 'source-url', sourceId: `source-${this.#sources.size}`, url, title });
    }
    return chunks;
  }

  #text(kind: 'text' | 'refusal' | 'reasoning', delta: string): UIMessageChunk[] {
    const chunks = this.#open?.kind === kind ? [] : [...this.#close(), this.#start(kind)];
    const type = kind === 'reasoning' ? 'reasoning-delta' : 'text-delta';
    return [...chunks, { type, id: (this.#open as { id: string }).id, delta }];
  }

  #start(kind: 'text' | 'refusal' | 'reasoning'): UIMessageChunk {
    const id = `${kind}-${(this.#parts += 1)}`;
    this.#open = { kind, id };
    if (kind === 'reasoning') return { type: 'reasoning-start', id };
    return { type: 'text-start', id, ...(kind === 'refusal' && { providerMetadata: kept({ refusal: true }) }) };
  }

  /** Signed thinking ends its part, and is one of its own when Claude shows nothing of it. */
  #sign(details: readonly unknown[]): UIMessageChunk[] {
    const chunks = this.#open?.kind === 'reasoning' ? [] : [...this.#close(), this.#start('reasoning')];
    const { id } = this.#open as { id: string };
    this.#open = undefined;
    return [...chunks, { type: 'reasoning-end', id, providerMetadata: kept({ reasoningDetails: [...details] }) }];
  }

  #call({ index, id, function: called, custom }: ToolCallDelta): UIMessageChunk[] {
    const chunks: UIMessageChunk[] = [];
    let open = this.#open;
    if (open?.kind !== 'tool' || open.index !== index) {
      chunks.push(...this.#close());
      const name = called?.name ?? custom?.name ?? '';
      open = { kind: 'tool', index, id: id ?? `call-${index}`, name, input: '', custom: custom !== undefined };
      this.#open = open;
      chunks.push({
        type: 'tool-input-start',
        toolCallId: open.id,
        toolName: name,
        ...(open.custom && { inputEncoding: 'text' }),
      });
    }
    const delta = called?.arguments ?? custom?.input ?? '';
    open.input += delta;
    if (delta !== '') chunks.push({ type: 'tool-input-delta', toolCallId: open.id, inputTextDelta: delta });
    return chunks;
  }

  #close(): UIMessageChunk[] {
    const open = this.#open;
    this.#open = undefined;
    switch (open?.kind) {
      case 'text':
      case 'refusal':
        return [{ type: 'text-end', id: open.id }];
      case 'reasoning':
        return [{ type: 'reasoning-end', id: open.id }];
      case 'tool':
        return [toInput(open)];
      default:
        return [];
    }
  }
}

function toInput({
  id: toolCallId,
  name: toolName,
  input,
  custom,
}: Extract<OpenPart, { kind: 'tool' }>): UIMessageChunk {
  if (custom) {
    return { type: 'tool-input-available', toolCallId, toolName, input, providerMetadata: kept({ custom: true }) };
  }
  try {
    return { type: 'tool-input-available', toolCallId, toolName, input: JSON.parse(input === '' ? '{}' : input) };
  } catch {
    const errorText = 'The call was cut short before its arguments were whole.';
    return { type: 'tool-input-error', toolCallId, toolName, input, errorText };
  }
}

function kept(part: KeptWithPart): NonNullable<Metadata> {
  // Sound: what came as JSON is JSON.
  return { trestle: part } as unknown as NonNullable<Metadata>;
}
