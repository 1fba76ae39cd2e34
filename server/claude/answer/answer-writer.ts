import type { Annotation } from '../../../shared/chat-completion.ts';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import type { ClaudeBlock } from '../messages-api.ts';

/** A call as it begins. */
export interface StartedCall {
  /** Its place among the calls of the answer, from 0. */
  index: number;
  id: string;
  name: string;
  /** The tool is free-form: its input is a text, which is given whole at the end. */
  custom: boolean;
}

/**
 * Writes the parts of an answer in a door's own items, such as OpenAI's chunks. The parts come in Claude's order; one
 * that has no item at this door gives none.
 */
export interface AnswerWriter<Item> {
  /** The model that answers, as far as it is known. */
  model: string;
  startThinking(): Item[];
  thinking(text: string): Item[];
  /** A thinking block ended. The details are there for callers that are given signed thinking. */
  endThinking(details: ReasoningDetail[]): Item[];
  /** More of the content; never empty. */
  text(text: string): Item[];
  /** What is cited in the content so far; never empty. */
  annotations(annotations: Annotation[]): Item[];
  startCall(call: StartedCall): Item[];
  /** More of the JSON of a call's input; never empty, and not for a free-form tool. */
  callInput(call: StartedCall, json: string): Item[];
  /** The call is whole: the JSON of its input, or the text for a free-form tool. */
  endCall(call: StartedCall, input: string): Item[];
  /** A block of Claude's own search. */
  search(block: ClaudeBlock): Item[];
  refusal(text: string): Item[];
  /** The answer says nothing at all. */
  empty(): Item[];
}
