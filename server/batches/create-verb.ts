import type { z } from 'zod';
import type { Batch, BatchCreateRequest } from '../../shared/batch.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Verb } from '../answers/verb.ts';
import { CHAT_CHUNKS } from '../chat/chunks/chunk-store.ts';
import type { NumberedChunk } from '../chat/chunks/numbered-chunk.ts';

/** Makes batches: as a verb, so that a request that is sent again under its `Idempotency-Key` makes one. */
export type BatchCreateVerb = Verb<z.output<typeof BatchCreateRequest>, Batch, NumberedChunk>;

export function createBatchCreateVerb(create: BatchCreateVerb['complete']): BatchCreateVerb {
  return {
    name: 'batches.create',
    format: CHAT_CHUNKS,
    checkWhole() {},
    complete: create,
    stream() {
      throw new TrestleError('invalid_value', 'A batch is not streamed', { param: 'stream' });
    },
  };
}
