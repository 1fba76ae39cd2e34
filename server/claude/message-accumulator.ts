import type { ClaudeBlock, ClaudeEvent } from './messages-api.ts';
import { keepText } from './raw-json.ts';

/** A block on its way: Claude's own fields, and the JSON of its input so far. */
interface Growing {
  block: ClaudeBlock & Record<string, unknown>;
  json: string;
  /** Whether citations have been added. */
  cites?: boolean;
}

/** Puts a streamed answer's blocks together again as Claude takes them back: signatures, citations and all. */
export class MessageAccumulator {
  readonly #blocks = new Map<number, Growing>();

  push(event: ClaudeEvent): void {
    const index = event.index ?? 0;
    if (event.type === 'content_block_start' && event.content_block) {
      this.#blocks.set(index, { block: { ...event.content_block }, json: '' });
    } else if (event.type === 'content_block_delta' && event.delta) {
      const growing = this.#blocks.get(index);
      if (growing) append(growing, event.delta);
    }
  }

  /** The blocks so far, and a new start: the next answer counts its blocks from 0 again. */
  take(): ClaudeBlock[] {
    const blocks = [...this.#blocks.values()].map(finish);
    this.#blocks.clear();
    return blocks;
  }
}

function append(growing: Growing, delta: NonNullable<ClaudeEvent['delta']>): void {
  const { block } = growing;
  switch (delta.type) {
    case 'text_delta':
      block.text = (block.text ?? '') + (delta.text ?? '');
      break;
    case 'thinking_delta':
      block.thinking = (block.thinking ?? '') + (delta.thinking ?? '');
      break;
    case 'signature_delta':
      block.signature = (block.signature ?? '') + (delta.signature ?? '');
      break;
    case 'citations_delta':
      // The list is ours once there is more than the start had.
      if (growing.cites) block.citations!.push(delta.citation);
      else block.citations = [...(block.citations ?? []), delta.citation];
      growing.cites = true;
      break;
    case 'input_json_delta':
      growing.json += delta.partial_json ?? '';
      break;
    default:
  }
}

function finish({ block, json }: Growing): ClaudeBlock {
  if (json === '') return block;
  try {
    const input: unknown = JSON.parse(json);
    return { ...block, input: block.type === 'tool_use' ? keepText(json, input) : input };
  } catch {
    // Cut short by max_tokens: such an answer is neither continued nor kept.
    return block;
  }
}
