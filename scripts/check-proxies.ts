import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTrestleClient } from '../client/index.ts';
import { startFakeClaude, type FakeClaude } from '../test/support/fake-claude.ts';
import { postChat } from '../test/support/rest-request.ts';
import { expectedWords, gate, words } from '../test/support/word-stream.ts';
import { MODEL } from '../test/upstream/post-chat.ts';
import { freePort, isInstalled, PROXIES, startProxy, startTrestle, type TrestleProcess } from './proxy-processes.ts';

// Runs the configurations of docs/proxies.md: streams, WebSockets, a path of its own, large bodies, and a rolling stop.
// Arguments name those that are to be run.

const REQUESTS = 1000;
const CALLERS = 8;
const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };

// The certificates are made for this run.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
process.removeAllListeners('warning');

const named = process.argv.slice(2);
for (const [name, proxy] of Object.entries(PROXIES)) {
  if (named.length > 0 && !named.includes(name)) continue;
  if (!isInstalled(proxy.command)) {
    process.stdout.write(`${name}: not installed, left out\n`);
    continue;
  }
  const folder = await mkdtemp(join(tmpdir(), `trestle-${name}-`));
  // Some proxies work as another user.
  await chmod(folder, 0o777);
  try {
    await using fake = await startFakeClaude();
    const ports = [await freePort(), await freePort()] as const;
    await using leaving = await start(fake, ports[0]);
    await using _staying = await start(fake, ports[1]);
    await using front = await startProxy(proxy, ports, folder);
    for (const url of [front.url, `${front.url}/trestle`]) await checkStreams(fake, url);
    await checkRollingStop(fake, front.url, leaving);
    process.stdout.write(`${name}: streams, sockets, large bodies, and none of ${REQUESTS} requests lost\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function start(fake: FakeClaude, port: number): Promise<TrestleProcess> {
  return startTrestle(port, {
    ANTHROPIC_API_KEY: 'test-upstream-key',
    ANTHROPIC_BASE_URL: fake.url,
    TRESTLE_API_KEYS: 'test-key',
  });
}

/** Each word has to arrive before Claude says the next one. */
async function checkStreams(fake: FakeClaude, url: string): Promise<void> {
  for (const transport of ['websocket', 'http'] as const) {
    const gates = [gate(), gate(), gate()];
    fake.reply({ events: words(3, (index) => gates[index]!.opened) });
    const client = createTrestleClient({ url, apiKey: 'test-key', transport });
    let text = '';
    gates[0]!.open();
    for await (const chunk of client.stream(REQUEST, { deadlineMs: 8000 })) {
      text += chunk.choices[0]?.delta.content ?? '';
      const seen = text.split(' ').length - 1;
      if (seen > 0) gates[seen]?.open();
    }
    await client.close();
    if (text !== expectedWords(3)) throw new Error(`${transport} through ${url} gave ${JSON.stringify(text)}`);
  }
  const content = 'x'.repeat(20 * 1024 * 1024);
  const large = await postChat({ url, apiKey: 'test-key' }, { ...REQUEST, messages: [{ role: 'user', content }] });
  if (large.status !== 200) throw new Error(`20 MB through ${url} are a ${large.status}: ${await large.text()}`);
}

async function checkRollingStop(fake: FakeClaude, url: string, leaving: TrestleProcess): Promise<void> {
  fake.replyWith(({ stream }) => (stream ? { events: words(3), delayMs: 5 } : { message: {} }));
  const outcomes = new Map<string, number>();
  let sent = 0;
  let done = 0;
  let ended = false;
  void leaving.exited.then(() => (ended = true));
  const caller = async (): Promise<void> => {
    // On until the server has gone, so that all of its stop is seen.
    while (sent < REQUESTS || !ended) {
      sent += 1;
      if (sent === 100) leaving.stop();
      const stream = sent % 2 === 0;
      const outcome = await postChat({ url, apiKey: 'test-key' }, { ...REQUEST, stream }).then(
        async (response) => {
          const text = await response.text();
          return response.status === 200 && (!stream || text.includes('[DONE]'))
            ? 'answered'
            : `${response.status} ${text}`;
        },
        (error: Error) => error.message,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  if (outcomes.get('answered') !== done) throw new Error(`lost through ${url}: ${JSON.stringify([...outcomes])}`);
}
