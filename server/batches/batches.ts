import type { z } from 'zod';
import type { Batch, BatchCreateRequest, BatchList, BatchListRequest } from '../../shared/batch.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Call } from '../calls/call.ts';
import { newDigits } from '../calls/new-digits.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import type { Files } from '../files/files.ts';
import { Claim, ClaimLostError } from '../store/claim.ts';
import { toListPage } from '../store/list-page.ts';
import { requireStorage } from '../store/require-storage.ts';
import type { Storage } from '../store/storage.ts';
import { advance, begin, look } from './advance.ts';
import { type BatchCreateVerb, createBatchCreateVerb } from './create-verb.ts';
import type { LineDependencies } from './endpoints.ts';
import { isOver, type KeptBatch, KeptBatches, numbersSent } from './kept-batches.ts';
import { deleteLines } from './kept-lines.ts';
import { orderPart } from './parts.ts';
import type { WorkDependencies } from './work.ts';

/** Claude's batches may have 256 MB, all of which would have to be in memory at once. */
const PART_BYTES = 32 * 1024 * 1024;
const COMPLETION_SECONDS = 86_400;

type Caller = Pick<Call, 'owner' | 'access' | 'strict' | 'record'>;

/**
 * OpenAI's batches, each of them one or several of Claude's. Nobody watches over them: whoever asks for one brings it
 * further, and all that is known of it is in the storage. All of it rejects with a 404 for one that is not there, or is
 * another caller's.
 */
export class Batches {
  readonly #dependencies: WorkDependencies | undefined;
  readonly creation: BatchCreateVerb = createBatchCreateVerb((call, request) => this.#create(call, request));

  /** @param storage undefined where nothing is to be stored */
  constructor(
    dependencies: LineDependencies &
      Pick<WorkDependencies, 'files' | 'writeOnce' | 'count'> &
      Partial<Pick<WorkDependencies, 'partBytes'>>,
    storage: Storage | undefined,
  ) {
    this.#dependencies = storage && {
      partBytes: PART_BYTES,
      ...dependencies,
      storage,
      batches: new KeptBatches(storage),
    };
  }

  async retrieve(call: Caller, id: string): Promise<Batch> {
    const dependencies = this.#require();
    return (await advance({ dependencies, call, id }, await dependencies.batches.get(call.owner, id))).batch;
  }

  /** As far as Claude is with each; the files of those that have just ended are written when they are asked for. */
  async list(call: Caller, query: z.output<typeof BatchListRequest>): Promise<BatchList> {
    const dependencies = this.#require();
    const { documents, hasMore } = await dependencies.batches.list(call.owner, query);
    const data = await Promise.all(
      documents.map(async ({ id, document }) => {
        // Sound: it is what was added.
        const kept = document as KeptBatch;
        if (isOver(kept)) return kept.batch;
        // One that Claude can't be asked about is shown as it was; whoever asks for that one is told why.
        return (await look({ dependencies, call, id }, kept).catch(() => kept)).batch;
      }),
    );
    return toListPage(data, hasMore);
  }

  /** Ends a batch; what Claude has answered by then is kept. */
  async cancel(call: Caller, id: string): Promise<Batch> {
    const dependencies = this.#require();
    const cancelling = await dependencies.batches.change(call.owner, id, (state) => {
      const { batch } = state;
      if (isOver(state)) {
        const message = `A batch with the status '${batch.status}' can't be cancelled.`;
        throw new TrestleError('invalid_request', message, { param: 'id' });
      }
      if (batch.status === 'cancelling') return false;
      Object.assign(batch, { status: 'cancelling', cancelling_at: unixSeconds() });
    });
    const running = cancelling.parts.filter(({ ended }) => !ended);
    await Promise.all(running.map((part) => orderPart(dependencies.claude, part, 'cancel')));
    return cancelling.batch;
  }

  /** Resolves when Claude has the requests, or when they are refused. */
  async #create(call: Caller, request: z.output<typeof BatchCreateRequest>): Promise<Batch> {
    const dependencies = this.#require();
    await checkInput(dependencies.files, call.owner, request.input_file_id);
    const kept = toKept(call, dependencies, request);
    const { id } = kept.batch;
    await dependencies.batches.add(call.owner, kept);
    const claim = await Claim.take(dependencies.storage, { kind: 'batch_claim', owner: call.owner, id });
    // Somebody saw it in the list, and is already working on it.
    if (claim === undefined) return kept.batch;
    try {
      return (await begin({ dependencies, call, id, claim }, kept)).batch;
    } catch (thrown) {
      const state = await dependencies.batches.get(call.owner, id);
      const { lines, batch } = state;
      // Claude has a part of it, or may have one, or another call has taken it over: the next call goes on with it.
      if (state.sending || numbersSent(state).size > 0 || thrown instanceof ClaimLostError) return batch;
      if (lines) await deleteLines(dependencies.storage, call.owner, lines);
      await dependencies.batches.delete(call.owner, id);
      throw thrown;
    } finally {
      await claim.release();
    }
  }

  #require(): WorkDependencies {
    return requireStorage(this.#dependencies, 'This server keeps no batches');
  }
}

/** Throws for a file that has no requests. */
async function checkInput(files: Files, owner: string, id: string): Promise<void> {
  const found = await files.retrieve(owner, id).catch((thrown: unknown) => {
    if (!(thrown instanceof TrestleError) || thrown.kind !== 'not_found') throw thrown;
    throw new TrestleError('not_found', thrown.message, { param: 'input_file_id' });
  });
  if (found.purpose === 'batch') return;
  const message = `The file '${id}' was uploaded for '${found.purpose}': the input of a batch has the purpose 'batch'.`;
  throw new TrestleError('invalid_value', message, { param: 'input_file_id' });
}

function toKept(
  { access, strict }: Caller,
  { modelAliases }: LineDependencies,
  request: z.output<typeof BatchCreateRequest>,
): KeptBatch {
  const createdAt = unixSeconds();
  return {
    batch: {
      id: `batch_${newDigits()}`,
      object: 'batch',
      endpoint: request.endpoint,
      input_file_id: request.input_file_id,
      completion_window: request.completion_window,
      status: 'validating',
      created_at: createdAt,
      expires_at: createdAt + COMPLETION_SECONDS,
      request_counts: { total: 0, completed: 0, failed: 0 },
      metadata: request.metadata ?? null,
    },
    access,
    strict,
    modelAliases,
    outputExpiresAfter: request.output_expires_after,
    parts: [],
    handedOver: false,
  };
}
