import type { Annotation, Usage } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { Response } from '../../../shared/responses/response.ts';
import { unixSeconds } from '../../calls/unix-seconds.ts';
import type { AnswerWriter, StartedCall } from '../answer/answer-writer.ts';
import { lengthOf } from '../answer/citations.ts';
import type { ClaudeBlock } from '../messages-api.ts';
import { CallWriter } from './call-writer.ts';
import { MessageWriter } from './message-writer.ts';
import { ReasoningWriter } from './reasoning-writer.ts';
import { toResponseUsage } from './response-object.ts';
import { ResponseOutput } from './response-output.ts';
import { SearchWriter } from './search-writer.ts';
import type { ToolNames } from './tool-names.ts';

export interface ResponseWriterOptions {
  /** As it begins. */
  response: Response;
  tools: ToolNames;
  /** Whether the text of thinking is wanted. */
  summary: boolean;
  /** Seals signed thinking for the caller. */
  seal: (details: readonly ReasoningDetail[]) => string;
  /** Whether the sealed thinking is in the answer; it is kept in {@link ResponseWriter.sealed} anyway. */
  includesThinking: boolean;
  /** Whether there may be citations, whose places are counted. */
  cites: boolean;
  /** Whether the pages that a search found are in the answer. */
  includesSources: boolean;
}

/** How an answer ended. */
export interface Ending {
  status: 'completed' | 'incomplete';
  reason?: 'max_output_tokens' | 'content_filter' | undefined;
  usage: Usage | undefined;
  serviceTier: string | undefined;
  notices: readonly Notice[];
}

/**
 * Writes an answer as the events of a streamed response, in OpenAI's order, and keeps the response that they add up to.
 * The first events come with the first part of the answer.
 */
export class ResponseWriter implements AnswerWriter<ResponseStreamEvent> {
  readonly #options: ResponseWriterOptions;
  protected readonly output: ResponseOutput;
  /** Sealed thinking by the id of its item. */
  readonly sealed = new Map<string, string>();
  /** The item that is under way. */
  #message: MessageWriter | undefined;
  #thinking: ReasoningWriter | undefined;
  #search: SearchWriter | undefined;
  #call: CallWriter | undefined;
  /** Code points of all text so far, where there may be citations. */
  #length = 0;

  constructor(options: ResponseWriterOptions) {
    this.#options = options;
    this.output = new ResponseOutput(options.response);
  }

  /** As far as it has come. */
  get response(): Response {
    return this.output.response;
  }

  /** Whether any event was written. */
  get hasBegun(): boolean {
    return this.output.hasBegun;
  }

  get model(): string {
    return this.response.model;
  }

  set model(model: string) {
    this.response.model = model;
  }

  startThinking(): ResponseStreamEvent[] {
    const events = this.closeOpen('completed');
    const { thinking, added } = ReasoningWriter.open(this.output);
    this.#thinking = thinking;
    events.push(added);
    return events;
  }

  thinking(text: string): ResponseStreamEvent[] {
    return this.#options.summary ? (this.#thinking?.text(text) ?? []) : [];
  }

  endThinking(details: ReasoningDetail[]): ResponseStreamEvent[] {
    const events = this.#thinking ? [] : this.startThinking();
    const thinking = this.#thinking!;
    this.#thinking = undefined;
    const sealed = details.length > 0 ? this.#options.seal(details) : undefined;
    if (sealed !== undefined) this.sealed.set(thinking.id, sealed);
    for (const event of thinking.close(this.#options.includesThinking ? sealed : undefined)) events.push(event);
    return events;
  }

  text(text: string): ResponseStreamEvent[] {
    if (!this.#message) return this.#firstText(text);
    if (this.#options.cites) this.#length += lengthOf(text);
    return this.#message.text(text);
  }

  annotations(annotations: Annotation[]): ResponseStreamEvent[] {
    return this.#message?.annotations(annotations) ?? [];
  }

  startCall(call: StartedCall): ResponseStreamEvent[] {
    const events = this.closeOpen('completed');
    const { writer, added } = CallWriter.open(this.output, this.#options.tools.of(call.name), call);
    this.#call = writer;
    events.push(added);
    return events;
  }

  callInput(_call: StartedCall, json: string): ResponseStreamEvent[] {
    return this.#call?.input(json) ?? [];
  }

  endCall(_call: StartedCall, input: string): ResponseStreamEvent[] {
    this.#call?.end(input);
    return [];
  }

  search(block: ClaudeBlock): ResponseStreamEvent[] {
    if (block.type === 'web_search_tool_result') {
      const search = this.#search;
      this.#search = undefined;
      return search?.found(block) ?? [];
    }
    const events = this.closeOpen('completed');
    const { search, begun } = SearchWriter.open(this.output, block, this.#options.includesSources);
    this.#search = search;
    for (const event of begun) events.push(event);
    return events;
  }

  refusal(text: string): ResponseStreamEvent[] {
    const events = this.#message ? [] : this.#openMessage();
    for (const event of this.#message!.refusal(text)) events.push(event);
    return events;
  }

  empty(): ResponseStreamEvent[] {
    return this.#firstText('');
  }

  /** The end of the answer. */
  finish({ status, reason, usage, serviceTier, notices }: Ending): ResponseStreamEvent[] {
    const events = this.closeOpen(status);
    Object.assign(this.response, {
      status,
      completed_at: status === 'completed' ? unixSeconds() : null,
      incomplete_details: reason === undefined ? null : { reason },
      usage: usage === undefined ? null : toResponseUsage(usage),
      service_tier: serviceTier ?? 'default',
      ...(notices.length > 0 && { notices: [...notices] }),
    } satisfies Partial<Response>);
    events.push(this.output.status(`response.${status}`));
    return events;
  }

  /** The end of an answer that broke. What was open stays as it is. */
  fail(error: { code: string; message: string }, usage: Usage | undefined): ResponseStreamEvent[] {
    const events = this.#begin();
    const told = usage === undefined ? null : toResponseUsage(usage);
    Object.assign(this.response, { status: 'failed', error, usage: told } satisfies Partial<Response>);
    events.push(this.output.status('response.failed'));
    return events;
  }

  /** Closes what is open, since another item begins, or the answer ends. */
  protected closeOpen(status: Ending['status']): ResponseStreamEvent[] {
    const events = this.#begin();
    const open = this.#message ?? this.#search ?? this.#call;
    this.#message = this.#search = this.#call = undefined;
    if (open) for (const event of open.close(status)) events.push(event);
    if (this.#thinking) for (const event of this.endThinking([])) events.push(event);
    return events;
  }

  #begin(): ResponseStreamEvent[] {
    return this.hasBegun ? [] : [this.output.status('response.created'), this.output.status('response.in_progress')];
  }

  #firstText(text: string): ResponseStreamEvent[] {
    const events = this.#openMessage();
    for (const event of this.#message!.text(text)) events.push(event);
    if (this.#options.cites) this.#length += lengthOf(text);
    return events;
  }

  #openMessage(): ResponseStreamEvent[] {
    const events = this.closeOpen('completed');
    const { message, added } = MessageWriter.open(this.output, this.#length);
    this.#message = message;
    events.push(added);
    return events;
  }
}
