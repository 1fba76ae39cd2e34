/** The `WebSocket` class of browsers, or of the package `ws`. */
export type WebSocketClass = new (url: string) => object;

/**
 * The browser's own class; in Node that of `ws`, which browser bundles leave out: Node 20 has none of its own,
 * and that of later versions neither says why a connection failed nor keeps the process alive until it did.
 */
export async function findWebSocket(): Promise<WebSocketClass> {
  const { WebSocket: own, process } = globalThis as {
    WebSocket?: WebSocketClass;
    process?: { versions?: { node?: string } };
  };
  return own && !process?.versions?.node ? own : (await import('ws')).WebSocket;
}
