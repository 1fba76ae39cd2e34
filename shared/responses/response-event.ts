import { z } from 'zod';
import { openObject } from '../open-object.ts';
import type { OutputItem, OutputRefusal, OutputText, UrlCitation } from './output-item.ts';
import type { Response } from './response.ts';

interface Numbered {
  /** The number of the event in its stream, from 0. */
  sequence_number: number;
}

/** An event of an item of the output. */
interface OfItem extends Numbered {
  /** The id of the item. */
  item_id: string;
  /** The place of the item in the output, from 0. */
  output_index: number;
}

interface OfPart extends OfItem {
  /** The place of the part in the message, from 0. */
  content_index: number;
}

interface OfSummary extends OfItem {
  /** The place of the text in the summary, from 0. */
  summary_index: number;
}

/** The response as it is by now. */
export interface ResponseStatusEvent extends Numbered {
  type:
    | 'response.created'
    | 'response.queued'
    | 'response.in_progress'
    | 'response.completed'
    | 'response.incomplete'
    | 'response.failed';
  response: Response;
}

export interface OutputItemEvent extends Numbered {
  type: 'response.output_item.added' | 'response.output_item.done';
  output_index: number;
  item: OutputItem;
}

export interface ContentPartEvent extends OfPart {
  type: 'response.content_part.added' | 'response.content_part.done';
  part: OutputText | OutputRefusal;
}

export interface TextDeltaEvent extends OfPart {
  type: 'response.output_text.delta';
  delta: string;
  /** Always empty: Claude gives no log probabilities. */
  logprobs: [];
}

export interface TextDoneEvent extends OfPart {
  type: 'response.output_text.done';
  text: string;
  logprobs: [];
}

export interface AnnotationEvent extends OfPart {
  type: 'response.output_text.annotation.added';
  annotation_index: number;
  annotation: UrlCitation;
}

export interface RefusalDeltaEvent extends OfPart {
  type: 'response.refusal.delta';
  delta: string;
}

export interface RefusalDoneEvent extends OfPart {
  type: 'response.refusal.done';
  refusal: string;
}

export interface SummaryPartEvent extends OfSummary {
  type: 'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done';
  part: { type: 'summary_text'; text: string };
}

export interface SummaryDeltaEvent extends OfSummary {
  type: 'response.reasoning_summary_text.delta';
  delta: string;
}

export interface SummaryDoneEvent extends OfSummary {
  type: 'response.reasoning_summary_text.done';
  text: string;
}

export interface ArgumentsDeltaEvent extends OfItem {
  type: 'response.function_call_arguments.delta';
  delta: string;
}

export interface ArgumentsDoneEvent extends OfItem {
  type: 'response.function_call_arguments.done';
  name: string;
  arguments: string;
}

export interface CustomInputDeltaEvent extends OfItem {
  type: 'response.custom_tool_call_input.delta';
  delta: string;
}

export interface CustomInputDoneEvent extends OfItem {
  type: 'response.custom_tool_call_input.done';
  input: string;
}

export interface WebSearchEvent extends OfItem {
  type:
    | 'response.web_search_call.in_progress'
    | 'response.web_search_call.searching'
    | 'response.web_search_call.completed';
}

/** An event of a streamed response. What else it has goes by its kind. */
export const ResponseStreamEvent = openObject({
  /** The kind of event, e.g. `response.output_text.delta`. */
  type: z.string(),
  /** The number of the event in its stream, from 0. */
  sequence_number: z.int(),
}).meta({ id: 'ResponseStreamEvent' });
/**
 * An event of a streamed response, in OpenAI's order. The numbers count all events of a stream.
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export type ResponseStreamEvent =
  | ResponseStatusEvent
  | OutputItemEvent
  | ContentPartEvent
  | TextDeltaEvent
  | TextDoneEvent
  | AnnotationEvent
  | RefusalDeltaEvent
  | RefusalDoneEvent
  | SummaryPartEvent
  | SummaryDeltaEvent
  | SummaryDoneEvent
  | ArgumentsDeltaEvent
  | ArgumentsDoneEvent
  | CustomInputDeltaEvent
  | CustomInputDoneEvent
  | WebSearchEvent;
