/** By this header, or connection parameter, our own client says that it is one. */
export const OWN_CLIENT = 'x-trestle-client';

/**
 * How a connection is noticed that is dead without having been closed, in milliseconds. Our client and the server both
 * say something every `sayEvery`, and give up a connection on which nothing came for `silence`. That and the time
 * which the client takes to connect again are shorter than the server's default grace.
 */
export const LIVENESS = { sayEvery: 5000, silence: 12_000 } as const;
