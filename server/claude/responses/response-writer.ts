import type { Annotation, Usage } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { ResponseStatusEvent, ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { Response } from '../../../shared/responses/response.ts';
import type { AnswerWriter, StartedCall } from '../answer/answer-writer.ts';
import { lengthOf } from '../answer/citations.ts';
import type { ClaudeBlock } from '../messages-api.ts';
import { EventNumbers } from './event-numbers.ts';
import { MessageWriter } from './message-writer.ts';
import { CALL_PREFIXES, toCallItem } from './output-call.ts';
import { toResponseUsage } from './response-object.ts';
import type { AskedTool, ToolNames } from './tool-names.ts';
import { toSources, toWebSearchCall } from './web-search-call.ts';

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

/** A call whose last event waits for what comes next: only then is it known whether it was cut short. */
interface WholeCall {
  call: StartedCall;
  tool: AskedTool;
  id: string;
  index: number;
  input: string;
}

/**
 * Writes an answer as the events of a streamed response, in OpenAI's order, and keeps the response that they add up to.
 * The first events come with the first part of the answer.
 */
export class ResponseWriter implements AnswerWriter<ResponseStreamEvent> {
  readonly #options: ResponseWriterOptions;
  readonly #response: Response;
  /** Sealed thinking by the id of its item. */
  readonly sealed = new Map<string, string>();
  readonly #events = new EventNumbers();
  /** Code points of all text so far, where there may be citations. */
  #length = 0;
  #message: MessageWriter | undefined;
  #thinking: { id: string; index: number; text: string } | undefined;
  #searching: { id: string; index: number; block: ClaudeBlock } | undefined;
  #calls = new Map<StartedCall, { tool: AskedTool; id: string; index: number }>();
  #whole: WholeCall | undefined;

  constructor(options: ResponseWriterOptions) {
    this.#options = options;
    this.#response = options.response;
  }

  /** As far as it has come. */
  get response(): Response {
    return this.#response;
  }

  get model(): string {
    return this.#response.model;
  }

  set model(model: string) {
    this.#response.model = model;
  }

  startThinking(): ResponseStreamEvent[] {
    const events = this.closeOpen();
    const { id, index, added } = this.addItem('rs', (itemId) => ({ type: 'reasoning', id: itemId, summary: [] }));
    this.#thinking = { id, index, text: '' };
    events.push(added);
    return events;
  }

  thinking(text: string): ResponseStreamEvent[] {
    const open = this.#thinking;
    if (!open || !this.#options.summary) return [];
    const place = { item_id: open.id, output_index: open.index, summary_index: 0 };
    const events: ResponseStreamEvent[] = [];
    if (open.text === '') {
      const part = { type: 'summary_text' as const, text: '' };
      events.push(this.#events.next({ type: 'response.reasoning_summary_part.added', ...place, part }));
    }
    open.text += text;
    events.push(this.#events.next({ type: 'response.reasoning_summary_text.delta', ...place, delta: text }));
    return events;
  }

  endThinking(details: ReasoningDetail[]): ResponseStreamEvent[] {
    const events = this.#thinking ? [] : this.startThinking();
    const { id, index, text } = this.#thinking!;
    this.#thinking = undefined;
    const part = { type: 'summary_text' as const, text };
    if (text !== '') {
      const place = { item_id: id, output_index: index, summary_index: 0 };
      events.push(
        this.#events.next({ type: 'response.reasoning_summary_text.done', ...place, text }),
        this.#events.next({ type: 'response.reasoning_summary_part.done', ...place, part }),
      );
    }
    const sealed = details.length > 0 ? this.#options.seal(details) : undefined;
    if (sealed !== undefined) this.sealed.set(id, sealed);
    const summary = text === '' ? [] : [part];
    const shown = this.#options.includesThinking && sealed !== undefined;
    events.push(this.doneItem(index, { type: 'reasoning', id, summary, ...(shown && { encrypted_content: sealed }) }));
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
    const events = this.closeOpen();
    const tool = this.#options.tools.of(call.name);
    const { id, index, added } = this.addItem(CALL_PREFIXES[tool.kind], (itemId) =>
      toCallItem(tool, call, { id: itemId, status: 'in_progress' }, ''),
    );
    this.#calls.set(call, { tool, id, index });
    events.push(added);
    return events;
  }

  callInput(call: StartedCall, json: string): ResponseStreamEvent[] {
    const { tool, id, index } = this.#calls.get(call)!;
    if (tool.kind !== 'function') return [];
    const place = { item_id: id, output_index: index };
    return [this.#events.next({ type: 'response.function_call_arguments.delta', ...place, delta: json })];
  }

  endCall(call: StartedCall, input: string): ResponseStreamEvent[] {
    this.#whole = { call, ...this.#calls.get(call)!, input };
    return [];
  }

  search(block: ClaudeBlock): ResponseStreamEvent[] {
    if (block.type === 'web_search_tool_result') return this.#endSearch('completed', toSources(block));
    const events = this.closeOpen();
    const { id, index, added } = this.addItem('ws', (itemId) =>
      toWebSearchCall(itemId, 'in_progress', block, undefined),
    );
    this.#searching = { id, index, block };
    const place = { item_id: id, output_index: index };
    events.push(
      added,
      this.#events.next({ type: 'response.web_search_call.in_progress', ...place }),
      this.#events.next({ type: 'response.web_search_call.searching', ...place }),
    );
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
    Object.assign(this.#response, {
      status,
      completed_at: status === 'completed' ? Math.floor(Date.now() / 1000) : null,
      incomplete_details: reason === undefined ? null : { reason },
      usage: usage === undefined ? null : toResponseUsage(usage),
      service_tier: serviceTier ?? 'default',
      ...(notices.length > 0 && { notices: [...notices] }),
    } satisfies Partial<Response>);
    events.push(this.#status(`response.${status}`));
    return events;
  }

  /** The end of an answer that broke. What was open stays as it is. */
  fail(error: { code: string; message: string }, usage: Usage | undefined): ResponseStreamEvent[] {
    const events = this.#begin();
    Object.assign(this.#response, {
      status: 'failed',
      error,
      usage: usage === undefined ? null : toResponseUsage(usage),
    });
    events.push(this.#status('response.failed'));
    return events;
  }

  /** Whether any event was written. */
  get hasBegun(): boolean {
    return this.#events.count > 0;
  }

  #begin(): ResponseStreamEvent[] {
    return this.hasBegun ? [] : [this.#status('response.created'), this.#status('response.in_progress')];
  }

  /** Closes what is open, since another item begins, or the answer ends. */
  protected closeOpen(status: Ending['status'] = 'completed'): ResponseStreamEvent[] {
    const events = this.#begin();
    const message = this.#message;
    this.#message = undefined;
    if (message) for (const event of message.close(status)) events.push(event);
    if (this.#thinking) for (const event of this.endThinking([])) events.push(event);
    if (this.#searching) for (const event of this.#endSearch('failed', [])) events.push(event);
    const whole = this.#whole;
    this.#whole = undefined;
    if (whole) for (const event of this.#closeCall(whole, status)) events.push(event);
    return events;
  }

  #closeCall({ call, tool, id, index, input }: WholeCall, status: Ending['status']): ResponseStreamEvent[] {
    const place = { item_id: id, output_index: index };
    const events: ResponseStreamEvent[] = [];
    if (tool.kind === 'function') {
      const done = { type: 'response.function_call_arguments.done' as const, ...place, name: tool.name };
      events.push(this.#events.next({ ...done, arguments: input }));
    } else if (tool.kind === 'custom') {
      events.push(
        this.#events.next({ type: 'response.custom_tool_call_input.delta', ...place, delta: input }),
        this.#events.next({ type: 'response.custom_tool_call_input.done', ...place, input }),
      );
    }
    events.push(this.doneItem(index, toCallItem(tool, call, { id, status }, input)));
    return events;
  }

  #endSearch(status: 'completed' | 'failed', sources: readonly string[]): ResponseStreamEvent[] {
    const open = this.#searching;
    this.#searching = undefined;
    if (!open) return [];
    const { id, index, block } = open;
    const item = toWebSearchCall(id, status, block, this.#options.includesSources ? sources : undefined);
    const place = { item_id: id, output_index: index };
    return [this.#events.next({ type: 'response.web_search_call.completed', ...place }), this.doneItem(index, item)];
  }

  #firstText(text: string): ResponseStreamEvent[] {
    const events = this.#openMessage();
    for (const event of this.#message!.text(text)) events.push(event);
    if (this.#options.cites) this.#length += lengthOf(text);
    return events;
  }

  #openMessage(): ResponseStreamEvent[] {
    const events = this.closeOpen();
    const { id, index, added } = this.addItem('msg', (itemId) => ({
      type: 'message',
      id: itemId,
      role: 'assistant',
      status: 'in_progress',
      content: [],
    }));
    this.#message = new MessageWriter({
      id,
      index,
      events: this.#events,
      offset: this.#length,
      done: (item) => this.doneItem(index, item),
    });
    events.push(added);
    return events;
  }

  protected addItem(
    prefix: string,
    make: (id: string) => OutputItem,
  ): { id: string; index: number; added: ResponseStreamEvent } {
    const index = this.#response.output.length;
    const id = itemId(prefix, this.#response.id, index);
    const item = make(id);
    this.#response.output.push(item);
    return { id, index, added: this.#events.next({ type: 'response.output_item.added', output_index: index, item }) };
  }

  protected doneItem(index: number, item: OutputItem): ResponseStreamEvent {
    this.#response.output[index] = item;
    return this.#events.next({ type: 'response.output_item.done', output_index: index, item });
  }

  /** The response as it is now: it goes on to change. */
  #status(type: ResponseStatusEvent['type']): ResponseStreamEvent {
    return this.#events.next({ type, response: { ...this.#response, output: [...this.#response.output] } });
  }
}

/** Names the response as well, so that an item can be found by its id. */
function itemId(prefix: string, responseId: string, index: number): string {
  return `${prefix}_${responseId.slice(responseId.indexOf('_') + 1)}${index.toString(16).padStart(4, '0')}`;
}

/** The response that an item of ours belongs to, by the item's id; undefined for the id of another kind. */
export function responseIdOf(id: string): string | undefined {
  const [, digits] = /^[a-z]+_([0-9a-f]{32})[0-9a-f]{4,}$/.exec(id) ?? [];
  return digits === undefined ? undefined : `resp_${digits}`;
}
