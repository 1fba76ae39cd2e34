/** The `WebSocket` class of browsers, of Node from 22 on, or of the package `ws`. */
export type WebSocketClass = new (url: string) => object;

/** The runtime's own class. Node 20 has none: there it is that of `ws`, which browser bundles leave out. */
export async function findWebSocket(): Promise<WebSocketClass> {
  const { WebSocket: own } = globalThis as { WebSocket?: WebSocketClass };
  return own ?? (await import('ws')).WebSocket;
}
