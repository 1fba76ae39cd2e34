import { randomUUID } from 'node:crypto';
import { type DocumentKind, type Place, secondsNow, type Storage } from './storage.ts';

/** How long a claim stands by itself: when its process dies, another one goes on after so many seconds. */
const CLAIM_SECONDS = 60;
const RENEW_MS = 15_000;

/** Kinds of work that one call does at a time. */
export type ClaimKind = Extract<DocumentKind, `${string}_claim`>;

/** Work on something that is stored, which one call does at a time, in whichever process. */
export class Claim {
  readonly #storage: Storage;
  readonly #place: Place;
  readonly #token = randomUUID();
  readonly #renewing: NodeJS.Timeout;
  #isLost = false;
  /** Seconds on this process's monotonic clock, after which another call may take the claim. */
  #validUntil = monotonicSeconds() + CLAIM_SECONDS;

  private constructor(storage: Storage, place: Place) {
    this.#storage = storage;
    this.#place = place;
    this.#renewing = setInterval(() => void this.#renew(), RENEW_MS).unref();
  }

  /** Takes the work on; undefined while another call is at it. */
  static async take(storage: Storage, place: Place & { kind: ClaimKind }): Promise<Claim | undefined> {
    const claim = new Claim(storage, place);
    if (await storage.create(claim.#place, claim.#document())) return claim;
    clearInterval(claim.#renewing);
    return undefined;
  }

  /** Throws when another call has taken the work over, because this one was silent for too long. */
  check(): void {
    if (this.#isLost || monotonicSeconds() > this.#validUntil)
      throw new ClaimLostError('another process has taken the work over');
  }

  /** Gives the work back. */
  async release(): Promise<void> {
    clearInterval(this.#renewing);
    if (await this.#isOwn()) await this.#storage.delete(this.#place);
  }

  async #renew(): Promise<void> {
    try {
      const validUntil = monotonicSeconds() + CLAIM_SECONDS;
      if (await this.#isOwn()) {
        await this.#storage.put(this.#place, this.#document());
        this.#validUntil = validUntil;
      } else this.#isLost = true;
    } catch {
      // The next renewal may succeed; the work itself fails if the storage goes on failing.
    }
  }

  async #isOwn(): Promise<boolean> {
    const found = await this.#storage.get(this.#place);
    return (found?.document as { token?: string } | undefined)?.token === this.#token;
  }

  #document(): { document: { token: string }; createdAt: number; expiresAt: number } {
    const createdAt = secondsNow();
    return { document: { token: this.#token }, createdAt, expiresAt: createdAt + CLAIM_SECONDS };
  }
}

function monotonicSeconds(): number {
  return performance.now() / 1000;
}

/** The work went over to another call. */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
}
