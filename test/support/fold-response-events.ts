import type { OutputItem } from '../../shared/responses/output-item.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { Response } from '../../shared/responses/response.ts';

/** What a reader has put together of one item, by its deltas alone. */
interface Pieces {
  added: OutputItem;
  texts: Map<number, string>;
  input: string;
  summary: string;
  annotations: object[];
}

/**
 * Puts a response together as a client does that reads every event, and throws where one comes out of OpenAI's order: an
 * item that did not begin, a part twice, a `done` that is not what its deltas add up to, a number left out.
 */
export function foldResponseEvents(events: readonly ResponseStreamEvent[]): Response {
  const open = new Map<number, Pieces>();
  const output: OutputItem[] = [];
  let last: Response | undefined;
  for (const [index, event] of events.entries()) {
    must(event.sequence_number === index, `event ${index} has the number ${event.sequence_number}`);
    must(last === undefined || index < 2, 'an event after the last one');
    switch (event.type) {
      case 'response.created':
        must(index === 0, 'created is not the first event');
        break;
      case 'response.in_progress':
        must(index === 1, 'in_progress is not the second event');
        break;
      case 'response.output_item.added':
        must(open.size === 0 && event.output_index === output.length, 'an item begins in another one');
        open.set(event.output_index, { added: event.item, texts: new Map(), input: '', summary: '', annotations: [] });
        break;
      case 'response.output_item.done': {
        const pieces = open.get(event.output_index);
        must(pieces?.added.id === event.item.id, 'an item ends that did not begin');
        checkWhole(event.item, pieces!);
        open.delete(event.output_index);
        output.push(event.item);
        break;
      }
      case 'response.completed':
      case 'response.incomplete':
        must(open.size === 0, 'an item is still open');
        last = event.response;
        break;
      case 'response.failed':
      case 'response.queued':
        throw new Error(`unexpected ${event.type}`);
      default: {
        const pieces = open.get(event.output_index);
        must(pieces?.added.id === event.item_id, `${event.type} of an item that is not open`);
        take(event, pieces!);
      }
    }
  }
  must(last !== undefined, 'no last event');
  must(JSON.stringify(last!.output) === JSON.stringify(output), 'the response is not what its items are');
  return last!;
}

type OfItem = Extract<ResponseStreamEvent, { item_id: string }>;

function take(event: OfItem, pieces: Pieces): void {
  switch (event.type) {
    case 'response.content_part.added':
      must(!pieces.texts.has(event.content_index), 'a part begins twice');
      pieces.texts.set(event.content_index, '');
      break;
    case 'response.output_text.delta':
    case 'response.refusal.delta': {
      const before = pieces.texts.get(event.content_index);
      must(before !== undefined, 'text of a part that did not begin');
      pieces.texts.set(event.content_index, before! + event.delta);
      break;
    }
    case 'response.output_text.done':
      must(pieces.texts.get(event.content_index) === event.text, 'a text is not what its deltas are');
      break;
    case 'response.output_text.annotation.added':
      must(event.annotation_index === pieces.annotations.length, 'an annotation is left out');
      pieces.annotations.push(event.annotation);
      break;
    case 'response.reasoning_summary_text.delta':
      pieces.summary += event.delta;
      break;
    case 'response.reasoning_summary_text.done':
      must(pieces.summary === event.text, 'a summary is not what its deltas are');
      break;
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      pieces.input += event.delta;
      break;
    case 'response.function_call_arguments.done':
      must(pieces.input === event.arguments, 'arguments are not what their deltas are');
      break;
    case 'response.custom_tool_call_input.done':
      must(pieces.input === event.input, 'an input is not what its deltas are');
      break;
    default:
  }
}

function checkWhole(item: OutputItem, { texts, input, summary, annotations }: Pieces): void {
  switch (item.type) {
    case 'message': {
      const said = item.content.map((part) => (part.type === 'refusal' ? part.refusal : part.text));
      must(JSON.stringify(said) === JSON.stringify([...texts.values()]), 'a message is not what its parts are');
      const cited = item.content.flatMap((part) => (part.type === 'output_text' ? part.annotations : []));
      must(JSON.stringify(cited) === JSON.stringify(annotations), 'annotations are left out');
      break;
    }
    case 'reasoning':
      must(item.summary.map(({ text }) => text).join('') === summary, 'a summary is not what its deltas are');
      break;
    case 'function_call':
      must(item.arguments === input, 'arguments are not what their deltas are');
      break;
    case 'custom_tool_call':
      must(item.input === input, 'an input is not what its deltas are');
      break;
    default:
  }
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
