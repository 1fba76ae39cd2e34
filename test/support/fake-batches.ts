import type { ServerResponse } from 'node:http';
import { refuse, RefusedByClaude, refuseUnknown } from './claude-refusal.ts';
import { isRecord } from './claude-shape.ts';
import { commonHeaders, sendJson } from './fake-http.ts';
import type { RecordedRequest } from './fake-request-log.ts';

/** One result, or the error that its request was refused with. */
type Result = { type: 'succeeded'; message: object } | { type: 'errored'; error: object } | { type: 'canceled' };

interface Batch {
  id: string;
  state: 'in_progress' | 'canceling' | 'ended';
  results: { custom_id: string; result: Result }[];
  isCanceled: boolean;
}

type Answer = (params: unknown, headers: RecordedRequest['headers']) => object;

const CUSTOM_ID = /^[\w-]{1,64}$/;

/** Claude's batches. Each ends when it is asked for the first time, so that tests need not wait. */
export class FakeBatches {
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
  route({ method, path, body, headers }: RecordedRequest, response: ServerResponse): boolean {
    const { pathname, searchParams } = new URL(path, 'http://fake');
    const [, id, action = ''] = /^\/v1\/messages\/batches(?:\/([^/]+)(?:\/(cancel|results))?)?$/.exec(pathname) ?? [];
    if (!pathname.startsWith('/v1/messages/batches')) return false;
    if (id === undefined && method === 'POST') sendJson(response, 200, this.#create(body, headers));
    else if (id === undefined && method === 'GET') sendJson(response, 200, this.#list(searchParams));
    else if (action === 'results' && method === 'GET') this.#sendResults(this.#find(id), response);
    else if (action === 'cancel' && method === 'POST') sendJson(response, 200, this.#cancel(this.#find(id)));
    else if (action === '' && method === 'GET') sendJson(response, 200, this.#retrieve(this.#find(id)));
    else if (action === '' && method === 'DELETE') sendJson(response, 200, this.#delete(this.#find(id)));
    else refuseUnknown('Not Found');
    return true;
  }

  #create(body: unknown, headers: RecordedRequest['headers']): object {
    const requests = isRecord(body) ? body['requests'] : undefined;
    if (!Array.isArray(requests)) refuse('requests: Field required');
    if (requests.length === 0) refuse('requests: List should have at least 1 item after validation, not 0');
    const results = requests.map((request: unknown, index) => {
      const { custom_id: id, params } = isRecord(request) ? request : {};
      if (typeof id !== 'string' || !CUSTOM_ID.test(id))
        refuse(`requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
      return { custom_id: id, result: this.#resultOf(params, headers) };
    });
    if (new Set(results.map(({ custom_id: id }) => id)).size < results.length)
      refuse('requests: custom_id values must be unique');
    this.#made += 1;
    const id = `msgbatch_${String(this.#made).padStart(24, '0')}`;
    this.#batches.unshift({ id, state: 'in_progress', results, isCanceled: false });
    return this.#toObject(this.#batches[0]!);
  }

  #resultOf(params: unknown, headers: RecordedRequest['headers']): Result {
    try {
      return { type: 'succeeded', message: this.#answer(params, headers) };
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
    batch.state = 'ended';
    return this.#toObject(batch);
  }

  #cancel(batch: Batch): object {
    if (batch.state === 'ended') refuse(`Batch ${batch.id} cannot be canceled because it has finished processing.`);
    batch.state = 'canceling';
    batch.isCanceled = true;
    batch.results = batch.results.map(({ custom_id: id }) => ({ custom_id: id, result: { type: 'canceled' } }));
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

  #sendResults(batch: Batch, response: ServerResponse): void {
    if (batch.state !== 'ended') refuseUnknown(`Message Batch ${batch.id} has no available results.`);
    response.writeHead(200, { 'content-type': 'application/x-jsonl', ...commonHeaders() });
    for (const result of batch.results) response.write(`${JSON.stringify(result)}\n`);
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
        expired: 0,
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
