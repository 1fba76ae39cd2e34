import { existsSync } from 'node:fs';
import { freePort, ROOT, startServer } from './processes.ts';
import { firstAnswerAt, type Target } from './target.ts';

const MAIN = `${ROOT}bench/portkey/node_modules/@portkey-ai/gateway/build/start-server.js`;

/** Portkey's gateway, or null when it is not installed. Without its console, and with no log of its own. */
export async function startPortkey(upstream: string): Promise<Target | null> {
  if (!existsSync(MAIN)) return null;
  const port = await freePort();
  const server = startServer('portkey', [MAIN, '--headless', `--port=${port}`], {});
  const origin = `http://127.0.0.1:${port}`;
  const startMs = (await firstAnswerAt(origin)) - server.startedAt;
  return {
    name: 'portkey',
    label: 'Portkey 1.15.2',
    pid: server.pid,
    url: `${origin}/v1/chat/completions`,
    webSocketUrl: null,
    headers: {
      authorization: 'Bearer upstream-key',
      'x-portkey-provider': 'anthropic',
      // Put in place of https://api.anthropic.com/v1; hosts other than loopback it would refuse.
      'x-portkey-custom-host': `${upstream}/v1`,
    },
    startMs,
  };
}
