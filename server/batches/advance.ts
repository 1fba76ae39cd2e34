import { unixSeconds } from '../calls/unix-seconds.ts';
import { Claim, ClaimLostError } from '../store/claim.ts';
import { handOver } from './hand-over.ts';
import { isOver, type KeptBatch } from './kept-batches.ts';
import { LinesGoneError } from './kept-lines.ts';
import { orderPart } from './parts.ts';
import { settle } from './settle.ts';
import { validate } from './validate.ts';
import type { Work } from './work.ts';

type Asked = Omit<Work, 'claim'>;

/**
 * Brings a batch as far as it can come now. Whoever asks for it does this; what another call is at, here or in another
 * process, is left to that one. Resolves to the new state.
 */
export async function advance(asked: Asked, kept: KeptBatch): Promise<KeptBatch> {
  if (isOver(kept)) return kept;
  const begun = kept.handedOver ? kept : await claimed(asked, kept, begin);
  if (!begun.handedOver || isOver(begun)) return begun;
  const current = await look(asked, begun);
  return current.parts.every(({ ended }) => ended) ? await claimed(asked, current, finish) : current;
}

/** Validates the requests, and gives them to Claude. */
export async function begin(work: Work, kept: KeptBatch): Promise<KeptBatch> {
  const validated = kept.lines ? kept : await validate(work, kept);
  return validated.lines && !isOver(validated) ? await handOver(work, validated, validated.lines) : validated;
}

/** Asks Claude how far it is. */
export async function look({ dependencies, call, id }: Asked, kept: KeptBatch): Promise<KeptBatch> {
  const running = kept.parts.filter(({ ended }) => !ended);
  if (running.length === 0) return kept;
  const looked = await Promise.all(running.map((part) => orderPart(dependencies.claude, part, 'retrieve')));
  return await dependencies.batches.change(call.owner, id, (state) => {
    if (isOver(state)) return false;
    state.parts = state.parts.map((part) => looked.find((one) => one.id === part.id) ?? part);
    const sum = (name: 'completed' | 'failed'): number => state.parts.reduce((total, part) => total + part[name], 0);
    Object.assign(state.batch.request_counts, { completed: sum('completed'), failed: sum('failed') });
  });
}

async function finish(work: Work): Promise<KeptBatch> {
  const { dependencies, call, id } = work;
  const finalizing = await dependencies.batches.change(call.owner, id, (state) => {
    if (isOver(state)) return false;
    const { batch } = state;
    batch.finalizing_at ??= unixSeconds();
    // A batch that is cancelled stays so until its answers are there.
    if (batch.status === 'in_progress') batch.status = 'finalizing';
  });
  return isOver(finalizing) ? finalizing : await settle(work, finalizing, finalizing.lines!);
}

/** Does some work on a batch, unless another call is doing it. */
async function claimed(
  asked: Asked,
  kept: KeptBatch,
  work: (work: Work, kept: KeptBatch) => Promise<KeptBatch>,
): Promise<KeptBatch> {
  const { dependencies, call, id } = asked;
  const claim = await Claim.take(dependencies.storage, { kind: 'batch_claim', owner: call.owner, id });
  if (claim === undefined) return kept;
  try {
    // The one before may have come further meanwhile.
    return await work({ ...asked, claim }, await dependencies.batches.get(call.owner, id));
  } catch (thrown) {
    // Another call may have taken it over, and even have finished it: then that is the answer.
    const current = await dependencies.batches.get(call.owner, id);
    if (thrown instanceof ClaimLostError || isOver(current)) return current;
    if (thrown instanceof LinesGoneError) return await fail(asked);
    throw thrown;
  } finally {
    await claim.release();
  }
}

/** Ends a batch that can't be answered any more. */
async function fail({ dependencies, call, id }: Asked): Promise<KeptBatch> {
  const message = 'The storage of the server had no room for the requests of this batch any more.';
  const data = [{ code: 'requests_lost', line: null, message, param: null }];
  return await dependencies.batches.change(call.owner, id, (state) => {
    if (isOver(state)) return false;
    Object.assign(state.batch, { status: 'failed', failed_at: unixSeconds(), errors: { object: 'list', data } });
  });
}
