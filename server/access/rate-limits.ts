import { TrestleError } from '../../shared/error.ts';
import type { Call, LimitState } from '../calls/call.ts';
import type { AppliedLimits } from '../calls/caller.ts';
import type { SpentCall } from '../calls/spending.ts';
import type { Claim, Counters, Full } from '../store/counters.ts';
import { MINUTE_LIMITS, type MinuteLimit } from './limit-kinds.ts';

const MINUTE = 60;

/** One limit over a minute, with the counter that it is held by. */
interface Held extends Claim {
  applied: AppliedLimits;
  kind: MinuteLimit;
  limit: number;
}

/** A call that was let in. */
export interface Entered {
  /** Lets another one in, and counts the tokens of the calls that Claude answered. */
  leave(calls: readonly SpentCall[]): void;
}

/** Holds the limits of keys and projects, over however many processes share the counters. */
export class RateLimits {
  readonly #counters: Counters;
  readonly #onFailure: (error: unknown) => void;
  /** Calls of this process that run now, by the counter of their limits. */
  readonly #running = new Map<string, number>();

  constructor(counters: Counters, onFailure: (error: unknown) => void) {
    this.#counters = counters;
    this.#onFailure = onFailure;
  }

  /**
   * Lets a call in that asks for this model of Claude's; undefined at once for one without limits. Rejects with a 429 that
   * says which limit is reached, and until when, and with a 503 where that can't be known.
   */
  enter(call: Pick<Call, 'access' | 'record'>, model: string): Promise<Entered> | undefined {
    const { limits } = call.access;
    if (limits.length === 0) return undefined;
    const applied = limits.filter((each) => each.model === null || each.model === model);
    return applied.length === 0 ? undefined : this.#enter(call, applied);
  }

  async #enter({ record }: Pick<Call, 'record'>, applied: readonly AppliedLimits[]): Promise<Entered> {
    const release = this.#takePlaces(applied);
    const held = heldBy(applied, Math.floor(Date.now() / 1000));
    try {
      const [full, sums] = await this.#ask(held);
      const [first] = full;
      if (first)
        throw reached(
          held.find(({ counter }) => counter === first.counter)!,
          first,
        );
      record.limits = tightestOf(held, sums);
    } catch (thrown) {
      release();
      throw thrown;
    }
    return {
      leave: (calls) => {
        release();
        this.#count(held, calls);
      },
    };
  }

  async #ask(held: readonly Held[]): Promise<[Full[], number[]]> {
    if (held.length === 0) return [[], []];
    try {
      return await Promise.all([this.#counters.claim(held), this.#counters.sums(held)]);
    } catch (cause) {
      this.#onFailure(cause);
      throw new TrestleError('overloaded', 'The limits of this API key can not be checked now', { cause });
    }
  }

  #count(held: readonly Held[], calls: readonly SpentCall[]): void {
    const at = Math.floor(Date.now() / 1000);
    const additions = held.flatMap(({ counter, kind }) => {
      const amount = calls.reduce((sum, call) => sum + MINUTE_LIMITS[kind].of(call), 0);
      return amount > 0 ? [{ counter, at, amount }] : [];
    });
    if (additions.length > 0) this.#counters.add(additions).catch(this.#onFailure);
  }

  /** Throws a 429 where as many calls run as may. */
  #takePlaces(applied: readonly AppliedLimits[]): () => void {
    const limited = applied.filter(({ limits }) => limits.max_parallel_requests);
    for (const { counter, limits, name } of limited) {
      const [running, most] = [this.#running.get(counter) ?? 0, limits.max_parallel_requests!];
      if (running < most) continue;
      const message = `Rate limit reached for ${name} on requests at a time: Limit ${most}. Please try again when one has ended.`;
      throw new TrestleError('rate_limit_exceeded', message, { retryAfter: 1 });
    }
    const change = (by: number): void => {
      for (const { counter } of limited) {
        const running = (this.#running.get(counter) ?? 0) + by;
        if (running > 0) this.#running.set(counter, running);
        else this.#running.delete(counter);
      }
    };
    change(1);
    return () => change(-1);
  }
}

/** The claims of a call: one request, and as many tokens as nobody knows yet, where any are left. */
function heldBy(applied: readonly AppliedLimits[], at: number): Held[] {
  return applied.flatMap((each) =>
    (Object.keys(MINUTE_LIMITS) as MinuteLimit[]).flatMap((kind) => {
      const limit = each.limits[MINUTE_LIMITS[kind].field];
      if (!limit) return [];
      const [amount, most] = kind === 'requests' ? [1, limit] : [0, limit - 1];
      // A second more than the minute: the second that has begun counts from its start.
      return [{ applied: each, kind, limit, counter: `${each.counter} ${kind}`, amount, most, at, since: at - MINUTE }];
    }),
  );
}

function reached({ applied, kind, limit }: Held, { sum, first }: Full): TrestleError {
  const seconds = Math.max(1, first + MINUTE + 1 - Math.floor(Date.now() / 1000));
  return new TrestleError(
    'rate_limit_exceeded',
    `Rate limit reached for ${applied.name} on ${MINUTE_LIMITS[kind].name}: Limit ${limit}, Used ${sum}. Please try again in ${seconds}s.`,
    { retryAfter: seconds },
  );
}

/** Of the limits on requests, and of those on tokens, the one with the least left. */
function tightestOf(held: readonly Held[], sums: readonly number[]): LimitState[] {
  const states = held.map(({ kind, limit }, index) => ({
    of: kind === 'requests' ? ('requests' as const) : ('tokens' as const),
    limit,
    remaining: Math.max(0, limit - sums[index]!),
  }));
  return (['requests', 'tokens'] as const).flatMap((of) =>
    states
      .filter((state) => state.of === of)
      .toSorted((one, other) => one.remaining - other.remaining)
      .slice(0, 1),
  );
}
