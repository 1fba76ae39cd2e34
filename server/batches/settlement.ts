import type { Batch } from '../../shared/batch.ts';
import type { Usage } from '../../shared/chat-completion.ts';
import type { Spending } from '../calls/spending.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { sumUsage } from '../claude/answer/usage.ts';
import type { FileDraft } from '../files/file-draft.ts';
import type { Files } from '../files/files.ts';

/** Why a request has no answer, in OpenAI's words. */
const UNANSWERED = {
  batch_expired: 'This request could not be executed before the completion window expired.',
  batch_cancelled: 'This request was not executed, because the batch was cancelled.',
  no_result: 'Claude has no result for this request, or keeps it no more.',
  outcome_unknown:
    'The connection broke while Claude was given this request. It was not sent again, since Claude may have it, and would bill it twice.',
} as const;
export type Unanswered = keyof typeof UNANSWERED;

/** A request as the files of a batch name it. */
interface Named {
  id: string;
  custom_id: unknown;
}

/** What the requests of a batch have come to, and the files that it is written to. */
export class Settlement {
  readonly output: FileDraft;
  readonly errors: FileDraft;
  readonly spent: Spending[] = [];
  #completed = 0;
  #failed = 0;
  #hasExpired = false;

  constructor(files: Files, owner: string) {
    this.output = files.draft(owner);
    this.errors = files.draft(owner);
  }

  async answered(request: Named, body: object): Promise<void> {
    this.#completed += 1;
    await write(this.output, { ...request, response: toResponse(request, 200, body), error: null });
  }

  async refused(request: Named, status: number, body: object): Promise<void> {
    this.#failed += 1;
    await write(this.errors, { ...request, response: toResponse(request, status, body), error: null });
  }

  async unanswered(request: Named, code: Unanswered): Promise<void> {
    this.#failed += 1;
    this.#hasExpired ||= code === 'batch_expired';
    await write(this.errors, { ...request, response: null, error: { code, message: UNANSWERED[code] } });
  }

  /** The tokens of all answers. */
  get usage(): Usage | undefined {
    const [first, ...others] = this.spent.map(({ usage }) => usage);
    return others.reduce<Usage | undefined>(sumUsage, first);
  }

  /** What changes in a batch when it is over. */
  toEnd({ status, request_counts: { total } }: Batch): Partial<Batch> {
    const now = unixSeconds();
    const { usage } = this;
    return {
      request_counts: { total, completed: this.#completed, failed: this.#failed },
      ...(status === 'cancelling'
        ? { status: 'cancelled', cancelled_at: now }
        : this.#hasExpired
          ? { status: 'expired', expired_at: now }
          : { status: 'completed', completed_at: now }),
      ...(usage && { usage: toBatchUsage(usage) }),
    };
  }

  /** Deletes what was written. */
  async discard(): Promise<void> {
    await this.output.discard();
    await this.errors.discard();
  }
}

function toResponse({ id }: Named, status: number, body: object): object {
  return { status_code: status, request_id: id.replace(/^batch_/, ''), body };
}

async function write(draft: FileDraft, line: object): Promise<void> {
  await draft.write(Buffer.from(`${JSON.stringify(line)}\n`));
}

function toBatchUsage(usage: Usage): Batch['usage'] {
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: { cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0 },
    output_tokens: usage.completion_tokens,
    output_tokens_details: { reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0 },
    total_tokens: usage.total_tokens,
  };
}
