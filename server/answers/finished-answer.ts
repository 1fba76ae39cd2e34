import type { CallRecord } from '../calls/call.ts';
import type { ItemFormat } from './item-format.ts';

/** What a finished answer takes besides its text, about. */
const BYTES_AN_ANSWER = 500;
/** A longer one would take too long to write. There are few of them. */
const MAX_BYTES = 512 * 1024;

/** All that is known of a finished answer. */
export interface AnswerContent {
  record: CallRecord;
  /** Its items, as their store packed them. */
  items: unknown;
  /** Approximate bytes of the items. */
  bytes: number;
}

/**
 * A finished answer that waits for readers who may come back, as a text: thousands of them as objects would be looked
 * through by each collection of garbage, and bytes beside the heap would lie scattered in what large bodies leave.
 */
export class FinishedAnswer {
  readonly owner: string;
  /** What broke the answer. */
  readonly failure: { thrown: unknown } | undefined;
  readonly #content: AnswerContent | string;

  readonly format: ItemFormat;

  constructor(owner: string, format: ItemFormat, content: AnswerContent, failure: { thrown: unknown } | undefined) {
    this.owner = owner;
    this.format = format;
    this.failure = failure;
    this.#content = content.bytes > MAX_BYTES ? content : JSON.stringify(content);
  }

  /** About. */
  get bytes(): number {
    return BYTES_AN_ANSWER + (typeof this.#content === 'string' ? this.#content.length : this.#content.bytes);
  }

  open(): AnswerContent {
    return typeof this.#content === 'string' ? (JSON.parse(this.#content) as AnswerContent) : this.#content;
  }
}
