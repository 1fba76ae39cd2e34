import type { CallRecord } from './call.ts';
import type { PackedLog } from './replay-log.ts';

/** What a finished answer takes besides its bytes, about. */
const BYTES_AN_ANSWER = 500;
/** A longer one would take too long to write. There are few of them. */
const MOST_BYTES = 512 * 1024;

/** All that is known of a finished answer. */
export interface AnswerContent {
  record: CallRecord;
  log: PackedLog;
  /** Of the log, about. */
  bytes: number;
}

/**
 * A finished answer that waits for readers who may come back, as bytes: thousands of them as objects would be looked
 * through by each collection of garbage.
 */
export class KeptAnswer {
  readonly owner: string;
  /** What broke the answer. */
  readonly failure: { thrown: unknown } | undefined;
  readonly #content: AnswerContent | Buffer;

  constructor(owner: string, content: AnswerContent, failure: { thrown: unknown } | undefined) {
    this.owner = owner;
    this.failure = failure;
    this.#content = content.bytes > MOST_BYTES ? content : toBytes(JSON.stringify(content));
  }

  /** About. */
  get bytes(): number {
    return BYTES_AN_ANSWER + ('log' in this.#content ? this.#content.bytes : this.#content.length);
  }

  open(): AnswerContent {
    return 'log' in this.#content ? this.#content : (JSON.parse(this.#content.toString()) as AnswerContent);
  }
}

/** Not from Node's pool: others would keep what is left of a page. */
function toBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}
