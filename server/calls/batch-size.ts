/**
 * Calls in one tRPC batch. Over WebSocket the link sends as one whatever starts in one turn, and after a reconnect
 * everything; more are taken where a socket carries more streams.
 */
export const MAX_BATCH = { http: 10, socket: 100 } as const;
