import type { ServerResponse } from 'node:http';
import { refuse, RefusedByClaude, refuseUnknown } from './claude-refusal.ts';
import { isRecord } from './claude-shape.ts';
import { commonHeaders, errorOfStatus, sendJson } from './fake-http.ts';
import type { RecordedRequest } from './fake-request-log.ts';

/** One result, or the error that its request was refused with. */
type Result =
  | { type: 'succeeded'; message: object }
  | { type: 'errored'; error: object }
  | { type: 'canceled' }
  | { type: 'expired' };

/** How batches end, as a test has it. */
export interface BatchScript {
  /** They do not end by themselves, when they are asked for, but when this is false again. */
  holds: boolean;
  /** What is not answered when they end, or are canceled: by the params of a request. */
  unanswered?: ((params: unknown) => 'expired' | 'canceled' | undefined) | undefined;
  /** How many downloads of results break off behind their first line. */
  cuts: number;
  /** Awaited before results are sent. */
  beforeResults?: (() => Promise<void>) | undefined;
  /** Claude has no results any more. */
  archived: boolean;
  /** How many new batches are made without being reported: the connection breaks. */
  loses: number;
  /** The status with which new batches are refused. */
  refusesWith?: number | undefined;
}

interface Batch {
  id: string;
  state: 'in_progress' | 'canceling' | 'ended';
  results: { custom_id: string; params: unknown; result: Result }[];
  isCanceled: boolean;
}

type Answer = (params: unknown, headers: RecordedRequest['headers']) => Promise<object>;

const MAX_REQUESTS = 100_000;
/** What requests of a batch may not have. */
const FORBIDDEN = ['stream', 'speed', 'fallbacks', 'thread'];
const CUSTOM_ID = /^[\w-]{1,64}$/;

/** Claude's batches. Each ends when it is asked for the first time, so that tests need not wait. */
export class FakeBatches {
  readonly script: BatchScript = { holds: false, cuts: 0, loses: 0, archived: false };
  readonly #answer: Answer;
  readonly #origin: () => string;
  /** The newest first. */
  #batches: Batch[] = [];
  #made = 0;

  /** `answer` gives the message for a request's params, or throws what refuses it. */
  constructor(answer: Answer, origin: () => string) {
    this.#answer = answer;
    this.#origin = origin;
  }

  /** Whether a path is one of batches; it is answered then. */
  async route({ method, path, body, headers }: RecordedRequest, response: ServerResponse): Promise<boolean> {
    const { pathname, searchParams } = new URL(path, 'http://fake');
    const [, id, action = ''] = /^\/v1\/messages\/batches(?:\/([^/]+)(?:\/(cancel|results))?)?$/.exec(pathname) ?? [];
    if (!pathname.startsWith('/v1/messages/batches')) return false;
    if (id === undefined && method === 'POST') this.#report(await this.#create(body, headers), response);
    else if (id === undefined && method === 'GET') sendJson(response, 200, this.#list(searchParams));
    else if (action === 'results' && method === 'GET') await this.#sendResults(this.#find(id), response);
    else if (action === 'cancel' && method === 'POST') sendJson(response, 200, this.#cancel(this.#find(id)));
    else if (action === '' && method === 'GET') sendJson(response, 200, this.#retrieve(this.#find(id)));
    else if (action === '' && method === 'DELETE') sendJson(response, 200, this.#delete(this.#find(id)));
    else refuseUnknown('Not Found');
    return true;
  }

  #report(made: object, response: ServerResponse): void {
    if (this.script.loses === 0) return sendJson(response, 200, made);
    this.script.loses -= 1;
    response.destroy();
  }

  async #create(body: unknown, headers: RecordedRequest['headers']): Promise<object> {
    if (this.script.refusesWith !== undefined) throw new RefusedByClaude(errorOfStatus(this.script.refusesWith));
    const requests = isRecord(body) ? body['requests'] : undefined;
    if (!Array.isArray(requests)) refuse('requests: Field required');
    if (requests.length === 0) refuse('requests: List should have at least 1 item after validation, not 0');
    if (requests.length > MAX_REQUESTS)
      refuse(`requests: List should have at most ${MAX_REQUESTS} items after validation, not ${requests.length}`);
    const ids = requests.map((request: unknown, index) => {
      const id = isRecord(request) ? request['custom_id'] : undefined;
      if (typeof id !== 'string' || !CUSTOM_ID.test(id))
        refuse(`requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
      return id;
    });
    if (new Set(ids).size < ids.length) refuse('requests: custom_id values must be unique');
    const results: Batch['results'] = [];
    for (const [index, { params }] of (requests as { params: unknown }[]).entries())
      results.push({ custom_id: ids[index]!, params, result: await this.#resultOf(params, headers) });
    this.#made += 1;
    const id = `msgbatch_${String(this.#made).padStart(24, '0')}`;
    const batch: Batch = { id, state: 'in_progress', results, isCanceled: false };
    this.#batches.unshift(batch);
    return this.#toObject(batch);
  }

  async #resultOf(params: unknown, headers: RecordedRequest['headers']): Promise<Result> {
    try {
      for (const name of FORBIDDEN)
        if (isRecord(params) && params[name] !== undefined) refuse(`${name}: not supported in a batch`);
      if (isRecord(params) && params['max_tokens'] === 0) refuse('max_tokens: must be greater than 0 in a batch');
      return { type: 'succeeded', message: await this.#answer(params, headers) };
    } catch (error) {
      if (!(error instanceof RefusedByClaude)) throw error;
      const { type, message } = error.refusal;
      return { type: 'errored', error: { type: 'error', error: { type, message }, request_id: null } };
    }
  }

  #find(id = ''): Batch {
    return this.#batches.find((batch) => batch.id === id) ?? refuseUnknown(`Message Batch ${id} not found.`);
  }

  #retrieve(batch: Batch): object {
    if (!this.script.holds && batch.state !== 'ended') {
      batch.state = 'ended';
      batch.results = batch.results.map((result) => {
        const type = this.script.unanswered?.(result.params);
        return type === undefined ? result : { ...result, result: { type } };
      });
    }
    return this.#toObject(batch);
  }

  #cancel(batch: Batch): object {
    if (batch.state === 'ended') refuse(`Batch ${batch.id} cannot be canceled because it has finished processing.`);
    batch.state = 'canceling';
    batch.isCanceled = true;
    if (this.script.unanswered === undefined)
      batch.results = batch.results.map((result) => ({ ...result, result: { type: 'canceled' } }));
    return this.#toObject(batch);
  }

  #delete(batch: Batch): object {
    if (batch.state !== 'ended') refuse(`Message Batch ${batch.id} cannot be deleted while it is processing.`);
    this.#batches = this.#batches.filter((other) => other !== batch);
    return { id: batch.id, type: 'message_batch_deleted' };
  }

  #list(query: URLSearchParams): object {
    const limit = Number(query.get('limit') ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      refuse('limit: Input should be a valid integer between 1 and 1000');
    const at = (name: string): number => {
      const id = query.get(name);
      return id === null ? -1 : this.#batches.indexOf(this.#find(id));
    };
    const [after, before] = [at('after_id'), at('before_id')];
    const start = before === -1 ? after + 1 : Math.max(0, before - limit);
    const end = before === -1 ? start + limit : before;
    const data = this.#batches.slice(start, end).map((batch) => this.#toObject(batch));
    const more = before === -1 ? end < this.#batches.length : start > 0;
    const [first, last] = [data[0], data.at(-1)] as { id: string }[];
    return { data, has_more: more, first_id: first?.id ?? null, last_id: last?.id ?? null };
  }

  async #sendResults(batch: Batch, response: ServerResponse): Promise<void> {
    if (batch.state !== 'ended' || this.script.archived)
      refuseUnknown(`Message Batch ${batch.id} has no available results.`);
    await this.script.beforeResults?.();
    response.writeHead(200, { 'content-type': 'application/x-jsonl', ...commonHeaders() });
    // They come in any order.
    const lines = batch.results
      .toReversed()
      .map(({ custom_id: id, result }) => `${JSON.stringify({ custom_id: id, result })}\n`);
    if (this.script.cuts > 0) {
      this.script.cuts -= 1;
      response.write(lines[0]!, () => response.destroy());
      return;
    }
    for (const line of lines) response.write(line);
    response.end();
  }

  #toObject({ id, state, results, isCanceled }: Batch): object {
    const isOver = state === 'ended';
    const count = (type: Result['type']): number =>
      isOver ? results.filter(({ result }) => result.type === type).length : 0;
    return {
      id,
      type: 'message_batch',
      processing_status: state,
      request_counts: {
        processing: isOver ? 0 : results.length,
        succeeded: count('succeeded'),
        errored: count('errored'),
        canceled: count('canceled'),
        expired: count('expired'),
      },
      ended_at: isOver ? '2026-11-27T12:00:01Z' : null,
      created_at: '2026-11-27T12:00:00Z',
      expires_at: '2026-11-28T12:00:00Z',
      archived_at: null,
      cancel_initiated_at: isCanceled ? '2026-11-27T12:00:00Z' : null,
      results_url: isOver ? `${this.#origin()}/v1/messages/batches/${id}/results` : null,
    };
  }
}
