/** The `WebSocket` class of browsers, or of the package `ws`. */
export type WebSocketClass = new (url: string) => object;

/**
 * The browser's own class; in Node that of `ws`, which browser bundles leave out: Node 20 has none of its own,
 * and that of later versions neither says why a connection failed nor keeps the process alive until it did.
 */
export async function findWebSocket(): Promise<WebSocketClass> {
  const { WebSocket: own, process } = globalThis as {
    WebSocket?: WebSocketClass;
    process?: { versions?: { node?: string }; env: Record<string, string | undefined> };
  };
  return own && !process?.versions?.node ? own : await importWs(process?.env ?? {});
}

/**
 * `ws` takes native helpers where they are installed. A bundler for servers that takes `ws` in puts an empty module in
 * the place of those that are not, and `ws` would call into it; so it is loaded as if there were none.
 */
async function importWs(environment: Record<string, string | undefined>): Promise<WebSocketClass> {
  const before = WITHOUT_HELPERS.map((name) => [name, environment[name]] as const);
  for (const name of WITHOUT_HELPERS) environment[name] ??= '1';
  try {
    return (await import('ws')).WebSocket;
  } finally {
    for (const [name, value] of before) if (value === undefined) delete environment[name];
  }
}

const WITHOUT_HELPERS = ['WS_NO_BUFFER_UTIL', 'WS_NO_UTF_8_VALIDATE'];
