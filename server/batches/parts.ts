import { TrestleError } from '../../shared/error.ts';
import { Cancellation } from '../calls/cancellation.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import { BATCHES } from '../messages/batches.ts';
import type { Claude, ForwardedRequest } from '../upstream/claude.ts';
import { unreadable } from '../upstream/failure.ts';
import type { Part } from './kept-batches.ts';

/** Has Claude make a batch of these requests, whoever leaves meanwhile: it may have begun. Resolves to Claude's id of it. */
export async function makePart(claude: Claude, version: Part['version'], requests: readonly string[]): Promise<string> {
  const json = `{"requests":[${requests.join(',')}]}`;
  const headers = { 'anthropic-version': version };
  try {
    const made = await claude.forward({ path: BATCHES, json, headers, once: true }, new Cancellation());
    const { id } = fieldsOf(made.answer.body);
    if (typeof id === 'string') return id;
  } catch (thrown) {
    // The simulated one, and some of the clouds.
    if (isStatus(thrown, 404)) throw new TrestleError('not_found', 'The Claude of this server has no batches');
    throw thrown;
  }
  throw unreadable(new Error('a batch without an id')).error;
}

/** Asks Claude how far it is with a part, or has it end one. Resolves to the new state. */
export async function orderPart(claude: Claude, part: Part, order: 'retrieve' | 'cancel'): Promise<Part> {
  const path = pathOf(part);
  const headers = headersOf(part);
  const request: ForwardedRequest =
    order === 'cancel' ? { method: 'post', path: `${path}/cancel`, headers } : { method: 'get', path, headers };
  try {
    const { answer } = await claude.forward(request, new Cancellation());
    return { ...part, ...readState(answer.body) };
  } catch (thrown) {
    // Someone has deleted it at Claude's.
    if (isStatus(thrown, 404)) return { ...part, ended: true, lost: true };
    // It ended before, and the next look at it says how.
    if (order === 'cancel' && isStatus(thrown, 400)) return part;
    throw thrown;
  }
}

/** The results of a part as they come; undefined where Claude has none, or no more: it keeps them for 29 days. */
export async function readPart(claude: Claude, part: Part): Promise<AsyncGenerator<Buffer> | undefined> {
  if (part.lost) return undefined;
  const request = { method: 'get', path: `${pathOf(part)}/results`, headers: headersOf(part) } as const;
  try {
    return (await claude.forwardBytes(request, new Cancellation())).answer;
  } catch (thrown) {
    if (isStatus(thrown, 404)) return undefined;
    throw thrown;
  }
}

function readState(body: unknown): Pick<Part, 'ended' | 'completed' | 'failed'> {
  const { processing_status: status, request_counts: told } = fieldsOf(body);
  const counts = fieldsOf(told);
  const count = (name: string): number => (typeof counts[name] === 'number' ? counts[name] : 0);
  return {
    ended: status === 'ended',
    completed: count('succeeded'),
    failed: count('errored') + count('canceled') + count('expired'),
  };
}

function pathOf({ id }: Part): string {
  return `${BATCHES}/${encodeURIComponent(id)}`;
}

function headersOf({ version }: Part): Record<string, string> {
  return { 'anthropic-version': version };
}

function isStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof TrestleError && thrown.upstream?.status === status;
}
