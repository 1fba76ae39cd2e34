import { createHash } from 'node:crypto';
import type { Claim } from './claims.ts';
import type { Order, Report } from './worker-messages.ts';

/** How often a key is claimed again when the worker that had it has just forgotten it. */
const MAX_TRIES = 3;

/** Who answers, and the answer if it is this worker: in a list, so that nobody waits for the whole of it. */
interface Begun<T> {
  held: Claim;
  answer?: [T | Promise<T>];
}

/** A worker's side of the claims: which worker answers a request that has an idempotency key. */
export class KeyOwners {
  readonly #me: number;
  readonly #report: (report: Report) => void;
  readonly #asked = new Map<number, (held: Claim | null) => void>();
  /** Keys that this worker is about to answer, perhaps. */
  readonly #pending = new Map<string, Promise<unknown>>();
  #claims = 0;

  constructor(me: number, report: (report: Report) => void) {
    this.#me = me;
    this.#report = report;
  }

  /** Answers here when no other worker has the key, there otherwise. `there` gives undefined when it has not. */
  async run<T>(
    key: string,
    here: () => T | Promise<T>,
    there: (worker: number) => Promise<T | undefined>,
    isKnown: () => boolean,
  ): Promise<T> {
    let stale: number | null = null;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { held, answer }: Begun<T> = await this.#whilePending(key, this.#begin(key, stale, here, isKnown));
      if (answer) return answer[0];
      const found = await there(held.worker);
      if (found !== undefined) return found;
      stale = held.turn;
    }
    return here();
  }

  /** The worker that has the key; null when none has. */
  async find(key: string): Promise<number | null> {
    const held = await this.#ask(key, false, null);
    return held && held.worker;
  }

  release(key: string): void {
    this.#report({ report: 'release', key: digestOf(key) });
  }

  /** Resolves when it is known whether this worker answers the key. */
  async settled(key: string): Promise<void> {
    await this.#pending.get(key)?.catch(() => {});
  }

  claimed({ claim, held }: Extract<Order, { order: 'claimed' }>): void {
    this.#asked.get(claim)?.(held);
    this.#asked.delete(claim);
  }

  /** Claims the key and, if it is this worker's, begins at once: there is no turn in which it has the key and not the answer. */
  async #begin<T>(
    key: string,
    stale: number | null,
    here: () => T | Promise<T>,
    isKnown: () => boolean,
  ): Promise<Begun<T>> {
    const held = (await this.#ask(key, true, stale)) ?? { worker: this.#me, turn: 0 };
    if (held.worker !== this.#me) return { held };
    try {
      return { held, answer: [here()] };
    } finally {
      if (!isKnown()) this.release(key);
    }
  }

  async #whilePending<T>(key: string, begun: Promise<Begun<T>>): Promise<Begun<T>> {
    this.#pending.set(key, begun);
    try {
      return await begun;
    } finally {
      if (this.#pending.get(key) === begun) this.#pending.delete(key);
    }
  }

  #ask(key: string, take: boolean, stale: number | null): Promise<Claim | null> {
    this.#claims += 1;
    const claim = this.#claims;
    return new Promise((resolve) => {
      this.#asked.set(claim, resolve);
      this.#report({ report: 'claim', claim, key: digestOf(key), take, stale });
    });
  }
}

/** Callers choose their keys, and may choose long ones. */
function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
