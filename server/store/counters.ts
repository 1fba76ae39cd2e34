/** What is added up over a time, such as the requests of a key in the last minute. */
export interface Claim {
  /** Names what is counted. */
  counter: string;
  amount: number;
  /** What the sum may be at most, with this amount. */
  most: number;
  /** Unix seconds, a whole number: when it counts. */
  at: number;
  /** Unix seconds, a whole number: what came before does not count any more. */
  since: number;
}

/** A counter that is full. */
export interface Full {
  counter: string;
  /** The sum that is there already. */
  sum: number;
  /** Unix seconds of the first amount in it. */
  first: number;
}

/** An amount that counts whatever the sum; a negative one gives back what was claimed. */
export type Addition = Pick<Claim, 'counter' | 'amount' | 'at'>;

/** How many seconds amounts are kept. */
export const COUNTED_SECONDS = 120;

/** Counts that several processes share. All of it rejects when the place fails. */
export interface Counters {
  /** Adds all of the amounts, or none where one of the sums would be too large: then it resolves to those that are full. */
  claim(claims: readonly Claim[]): Promise<Full[]>;
  add(additions: readonly Addition[]): Promise<void>;
  /** The sums as they are, for claims of no amount. */
  sums(claims: readonly Pick<Claim, 'counter' | 'since'>[]): Promise<number[]>;
}
