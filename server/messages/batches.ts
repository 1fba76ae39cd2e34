import { TrestleError } from '../../shared/error.ts';
import { checkMayUse, idOf } from '../access/model-access.ts';
import type { Verb } from '../answers/verb.ts';
import type { Call } from '../calls/call.ts';
import type { Access } from '../calls/caller.ts';
import { Cancellation } from '../calls/cancellation.ts';
import { parseBody } from '../calls/parse-body.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import type { Answered, Claude, ForwardedRequest } from '../upstream/claude.ts';
import type { BatchAccount, BatchOwners } from './batch-owners.ts';
import { type BatchLedger, countedResults } from './batch-spending.ts';
import { MESSAGE_EVENTS, type MessageEvent } from './event-format.ts';

export const BATCHES = '/v1/messages/batches';

export interface BatchDependencies extends BatchLedger {
  claude: Claude;
  batchOwners: BatchOwners;
  /** Where clients find this server, without a slash at its end; empty where they know best. */
  publicUrl: string;
}

/** What a caller asks of its batches, with the headers that pass. */
export type BatchHeaders = ForwardedRequest['headers'];

/** A request for a new batch. */
export interface BatchRequest {
  /** The body as it came. */
  json: string;
  headers: BatchHeaders;
}

/** Makes batches. A whole answer is the text that Claude wrote. */
export type BatchVerb = Verb<BatchRequest, string, MessageEvent>;

export function createBatchVerb(dependencies: BatchDependencies): BatchVerb {
  return {
    name: 'messages.batch',
    format: MESSAGE_EVENTS,
    identityOf: ({ json }) => ({ json }),
    checkWhole() {},
    complete: (call, request) => createBatch(dependencies, call, request),
    stream() {
      throw new TrestleError('invalid_value', 'A batch is not streamed', { param: 'stream' });
    },
  };
}

/** Its caller may leave, and it is made all the same: Claude may have begun, and then it needs an owner. */
async function createBatch(
  dependencies: BatchDependencies,
  call: Call,
  { json, headers }: BatchRequest,
): Promise<string> {
  checkModelsOf(call.access, json);
  const made = await dependencies.claude.forward({ path: BATCHES, json, headers, once: true }, new Cancellation());
  const id = fieldsOf(made.answer.body)['id'];
  if (typeof id === 'string') await dependencies.batchOwners.add(call.owner, id, call.access);
  return told(dependencies, call, made);
}

/** One of the caller's batches, or what became of an order about it. Throws 404 for one that is not the caller's. */
export async function askBatch(
  dependencies: BatchDependencies,
  call: Call,
  { id, order, headers }: { id: string; order: 'retrieve' | 'cancel' | 'delete'; headers: BatchHeaders },
): Promise<string> {
  await checkOwner(dependencies, call, id);
  const path = pathOf(id);
  const requests = {
    retrieve: { method: 'get', path, headers },
    cancel: { method: 'post', path: `${path}/cancel`, headers },
    delete: { method: 'delete', path, headers },
  } as const;
  const answered = await dependencies.claude.forward(requests[order], call.signal);
  if (order === 'delete') await dependencies.batchOwners.release(call.owner, id);
  return told(dependencies, call, answered);
}

/** The results of one of the caller's batches, which may be long, as they come. Throws 404 as above. */
export async function readResults(
  dependencies: BatchDependencies,
  call: Call,
  { id, headers }: { id: string; headers: BatchHeaders },
): Promise<Answered<AsyncGenerator<Buffer>>> {
  const account = await checkOwner(dependencies, call, id);
  const request = { method: 'get', path: `${pathOf(id)}/results`, headers } as const;
  const results = await dependencies.claude.forwardBytes(request, call.signal);
  call.record.upstreamHeaders = results.headers;
  const access = { keyId: call.access.keyId, projectId: call.access.projectId, ...account };
  return { ...results, answer: countedResults(dependencies, { id, access }, results.answer) };
}

function pathOf(id: string): string {
  return `${BATCHES}/${id}`;
}

/** What Claude's ids are of. Anything else, such as `..`, might make another path of the one that it stands in. */
const ID = /^[\w-]+$/;

async function checkOwner(
  { batchOwners }: BatchDependencies,
  { owner }: Call,
  id: string,
): Promise<Partial<BatchAccount>> {
  const account = ID.test(id) ? await batchOwners.find(owner, id) : undefined;
  if (!account) throw batchNotFound(id);
  return account;
}

/** Throws a 403 that names the first request whose model the caller may not use. */
function checkModelsOf(access: Access, json: string): void {
  if (access.models === null) return;
  const { requests } = fieldsOf(parseBody(json));
  for (const [index, request] of (Array.isArray(requests) ? requests : []).entries()) {
    const { model } = fieldsOf(fieldsOf(request)['params']);
    // What is no name of a model Claude refuses by itself.
    if (typeof model === 'string') checkMayUse(access, idOf(model, {}) ?? model, `requests[${index}].params.model`);
  }
}

/** 404 for a batch that there is not, or that is another caller's. */
export function batchNotFound(id: string): TrestleError {
  return new TrestleError('not_found', `Message Batch ${id.slice(0, 200)} not found.`);
}

/** Claude's own words, but for where the results are: this server, not Claude's, takes the caller's key. */
export function told(
  dependencies: BatchDependencies,
  { record }: Call,
  { answer, headers }: Awaited<ReturnType<Claude['forward']>>,
): string {
  record.upstreamHeaders = headers;
  return withOwnUrls(dependencies, answer.text);
}

/** JSON of batches that names this server as the place of their results. */
export function withOwnUrls({ publicUrl }: BatchDependencies, json: string): string {
  return json.replaceAll(RESULTS_URL, (_all, field: string, path: string) => field + publicUrl + path);
}

const RESULTS_URL = /("results_url"\s*:\s*")[^"\\]*?(\/v1\/messages\/batches\/[^"\\]*)/g;
