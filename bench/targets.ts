import { existsSync, readFileSync } from 'node:fs';
import { startPortkey } from './portkey.ts';
import { freePort, ROOT, startServer, startWorker } from './processes.ts';
import { firstAnswerAt, type Target } from './target.ts';

/** Starts all there are, one at a time. Portkey is left out when it is not installed. */
export async function startTargets(upstream: string): Promise<Target[]> {
  const portkey = await startPortkey(upstream);
  return [await startLimit(upstream), await startTrestle(upstream), ...(portkey ? [portkey] : [])];
}

async function startLimit(upstream: string): Promise<Target> {
  const worker = await startWorker('limit-proxy', [upstream]);
  return {
    name: 'limit',
    label: 'limit (bare node:http)',
    pid: worker.pid,
    url: `http://127.0.0.1:${worker.port}/v1/chat/completions`,
    webSocketUrl: null,
    headers: { authorization: 'Bearer bench-key' },
    startMs: null,
  };
}

/** As users run it: by the command of `npm start`, with keys, the log in a file, notices, prompt caching. */
async function startTrestle(upstream: string): Promise<Target> {
  if (!existsSync(`${ROOT}dist/server/main.js`)) throw new Error('Trestle is not built: npm run build');
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: { start: string } };
  const port = await freePort();
  const server = startServer('trestle', scripts.start.split(' ').slice(1), {
    PORT: String(port),
    TRESTLE_API_KEYS: 'another-key,bench-key',
    ANTHROPIC_API_KEY: 'upstream-key',
    ANTHROPIC_BASE_URL: upstream,
    LOG_LEVEL: 'info',
  });
  const origin = `http://127.0.0.1:${port}`;
  const headers = { authorization: 'Bearer bench-key' };
  const startMs = (await firstAnswerAt(`${origin}/healthz`)) - server.startedAt;
  return {
    name: 'trestle',
    label: 'Trestle',
    pid: server.pid,
    url: `${origin}/v1/chat/completions`,
    webSocketUrl: `${origin.replace('http', 'ws')}/trpc`,
    headers,
    startMs,
  };
}
