import { TrestleError } from '../../shared/error.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import type { DeletedResponse } from '../../shared/responses/stored-response.ts';
import type { ReadableAnswer } from '../answers/answer.ts';
import { createCallRecord } from '../calls/call.ts';
import { Cancellation, failureOf } from '../calls/cancellation.ts';
import type { Running } from '../calls/running-calls.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { beginResponse, toResponseError } from '../claude/responses/response-object.ts';
import { itemsOf } from '../claude/responses/to-chat-request.ts';
import type { NumberedEvent } from '../responses/event-format.ts';
import { isUnderWay } from '../responses/response-state.ts';
import { deleteResponse, requireStored } from '../responses/stored.ts';
import type { Claim } from '../store/claim.ts';
import { ownerOf, partyOf } from './call-scope.ts';
import type { Context } from './context.ts';

/**
 * Starts a response that goes on without its caller, and returns it as it begins: it can be retrieved, and read as a
 * stream. Throws a 400 for one that is not to be kept.
 */
export async function startInBackground(ctx: Context, request: ResponsesRequest): Promise<Response> {
  const { requests, responses, answers, runningCalls, responseState } = ctx.services;
  if (request.store === false || !responseState.isOn) {
    const why = responseState.isOn ? '' : ', and the storage of this server is off';
    throw new TrestleError('invalid_value', `'background' needs a response that is stored${why}`, {
      param: 'background',
    });
  }
  const party = partyOf(ctx);
  const { owner } = party;
  const record = createCallRecord();
  ctx.records.push(record);
  const cancellation = new Cancellation();
  const running = runningCalls.enter(cancellation);
  let started: ReadableAnswer<NumberedEvent> | undefined;
  try {
    const call = { strict: ctx.strict, ...party, record, idempotencyKey: ctx.idempotencyKey };
    const asked = { request: { ...request, stream: true }, lastEventId: undefined };
    const { answer } = await requests.stream(responses, call, asked);
    answers.attach(answer);
    started = answer;
    const { id } = answer;
    const known = await responseState.get(owner, id);
    if (known) {
      // Asked for again under its name.
      answers.detach(answer, 'gone');
      running[Symbol.dispose]();
      return known.response;
    }
    const head = { id, createdAt: unixSeconds(), model: request.model, stored: true };
    const response = beginResponse(request, head);
    const claim = await responseState.claim(owner, id);
    await responseState.begin(owner, id, { response, input: itemsOf(request.input), sealed: {} });
    answer.onStop = () => cancellation.abort();
    void readToEnd(ctx, owner, answer, running, claim);
    return { ...response, status: 'queued' };
  } catch (thrown) {
    if (started) answers.detach(started, 'gone');
    running[Symbol.dispose]();
    throw thrown;
  }
}

/**
 * Reads the answer, so that it goes on without its caller. The verb stores how it ends; what ends it earlier, such as a
 * failure of this process to read on, is stored here.
 */
async function readToEnd(
  { services: { answers, responseState, onStorageFailure } }: Context,
  owner: string,
  answer: ReadableAnswer<NumberedEvent>,
  running: Running,
  claim: Claim | undefined,
): Promise<void> {
  try {
    const items = answer.read(0, running.signal);
    while (!(await items.next()).done);
  } catch (thrown) {
    const failure = toTrestleError(failureOf(thrown, running.signal));
    const ended =
      failure.kind === 'cancelled'
        ? ({ status: 'cancelled' } as const)
        : ({ status: 'failed', error: toResponseError(failure) } as const);
    await responseState.end(owner, answer.id, ended).catch(onStorageFailure);
  } finally {
    // As after a lost connection: its caller may still come back to the stream.
    answers.detach(answer, 'lost');
    // Before the call is over: a server that stops closes its storage then.
    await claim?.release().catch(onStorageFailure);
    running[Symbol.dispose]();
  }
}

/** Ends a response that goes on in the background. Rejects with a 404 for one that is not kept, and a 400 for any other. */
export async function cancelInBackground(ctx: Context, id: string): Promise<Response> {
  const { requests, responseState } = ctx.services;
  const owner = ownerOf(ctx);
  const stored = await requireStored(responseState, owner, id);
  if (!stored.response.background)
    throw new TrestleError(
      'invalid_request',
      'Only a response that was made with `background: true` can be cancelled.',
    );
  if (!isUnderWay(stored.response)) return stored.response;
  await requests.cancel({ owner }, { id });
  // It may have ended meanwhile: then that stands.
  return (await responseState.end(owner, id, { status: 'cancelled' })) ?? stored.response;
}

/** Forgets a response, and ends it where it goes on in the background: nobody could get it. Rejects with a 404. */
export async function deleteInBackground(ctx: Context, id: string): Promise<DeletedResponse> {
  const { requests, responseState } = ctx.services;
  const owner = ownerOf(ctx);
  const { response } = await requireStored(responseState, owner, id);
  if (response.background && isUnderWay(response)) await requests.cancel({ owner }, { id });
  return await deleteResponse(responseState, owner, id);
}
