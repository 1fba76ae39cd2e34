/** By this header, or the connection parameter of the same name, our own client says what it is. */
export const OWN_CLIENT = 'x-trestle-client';

/**
 * How a lost connection is noticed that nobody closed, in milliseconds: each side says something at least every
 * `sayEvery`, and gives the connection up after hearing nothing for `silence`.
 */
export const LIVENESS = { sayEvery: 5000, silence: 12_000 } as const;
