import type { Annotation } from '../../../shared/chat-completion.ts';
import type { AnswerPlan } from './answer-plan.ts';
import { FenceStripper } from './fenced-json.ts';
import { JsonBesideCalls } from './json-beside-calls.ts';
import { StreamedCitations } from './streamed-citations.ts';

/**
 * The content of a streamed choice: which part of Claude's text it is, and when that part can be sent. An answer through
 * a tool takes the place of all text, text beside calls is JSON or nothing, and a Markdown fence is taken off JSON.
 */
export class StreamedContent {
  readonly #plan: AnswerPlan;
  readonly #fence: FenceStripper | undefined;
  readonly #beside: JsonBesideCalls | undefined;
  readonly #citations: StreamedCitations;
  /** Text that waits because an answer through a tool may still replace it. */
  #held = '';
  #hasOutput = false;
  #hasCalls = false;
  /** Whether text was left out beside calls, where the content is to be JSON. */
  leftOut = false;
  /** Whether any content was sent. */
  isSent = false;
  /** What was sent; kept only where the finished answer is checked. */
  readonly #kept: string[] | undefined;

  constructor(plan: AnswerPlan, keep: boolean) {
    this.#plan = plan;
    this.#fence = plan.jsonText ? new FenceStripper() : undefined;
    this.#beside = plan.besideCalls && plan.outputTool === undefined ? new JsonBesideCalls() : undefined;
    this.#citations = new StreamedCitations(plan);
    this.#kept = keep ? [] : undefined;
  }

  /** All that was sent; null where it was not kept. */
  get whole(): string | null {
    return this.#kept ? this.#kept.join('') : null;
  }

  /** A text block begins. */
  startText(citations: readonly unknown[] | null | undefined): void {
    this.#citations.startBlock(citations);
  }

  /** Returns the content that can be sent now that this text has come. */
  addText(text: string): string {
    this.#citations.addText(text);
    if (this.#plan.outputTool === undefined) return this.#sent(this.#besideCalls(this.#unfenced(text)));
    if (!this.#hasOutput) this.#held += text;
    return '';
  }

  cite(citation: unknown): void {
    this.#citations.cite(citation);
  }

  /** Returns what is cited in the text block that ends, unless it has to wait for the end. */
  endText(): Annotation[] {
    return this.#citations.endBlock();
  }

  /** A call of the tool that is the answer begins. Returns whether it is the first one: only that one is the answer. */
  startOutput(): boolean {
    if (this.#hasOutput) return false;
    this.#hasOutput = true;
    this.#held = '';
    return true;
  }

  /** A part of the answer through a tool. */
  addOutput(json: string): string {
    return this.#sent(json);
  }

  /** A call of one of the caller's tools begins. */
  startCall(): void {
    this.#hasCalls = true;
    this.#beside?.call();
  }

  /** Returns the content that is left, in pieces that may be empty, and the annotations that waited for it. */
  end(): { pieces: string[]; annotations: Annotation[] } {
    const pieces = [this.#releaseHeld()];
    if (this.#fence) pieces.push(this.#sent(this.#besideCalls(this.#fence.end())));
    const rest = this.#beside?.end();
    if (rest) pieces.push(this.#sent(rest.text));
    if (rest?.leftOut) this.leftOut = true;
    // Text that an answer or a call took the place of is not there to be annotated.
    const isText = !this.#hasOutput && (this.#plan.outputTool === undefined || !this.#hasCalls);
    return { pieces, annotations: isText ? this.#citations.release(this.#fence?.cut ?? 0) : [] };
  }

  #releaseHeld(): string {
    // Text before a call of the caller's tool is not the answer in the format asked for.
    const text = this.#hasCalls ? '' : this.#held;
    this.leftOut = text === '' && this.#held.trim() !== '';
    this.#held = '';
    return text === '' ? '' : this.#sent(this.#unfenced(text));
  }

  #unfenced(text: string): string {
    return this.#fence ? this.#fence.push(text) : text;
  }

  #besideCalls(text: string): string {
    return this.#beside ? this.#beside.push(text) : text;
  }

  #sent(text: string): string {
    if (text === '') return text;
    this.isSent = true;
    this.#kept?.push(text);
    this.#citations.sent(text);
    return text;
  }
}
