import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { cpuTimeOf, memoryOf } from './cpu.ts';
import { MODEL } from './modes.ts';
import type { Held } from './probe.ts';
import { buildPrograms, freePort, ROOT, startProbed, startWorker, stopAll } from './processes.ts';
import { readNumber } from './read-number.ts';
import type { Progress } from './slow-readers.ts';
import { firstAnswerAt } from './target.ts';

const KEY = 'bench-key';
const STREAMS_A_SOCKET = 50;
/** Beside its streams a process has files, and two connections go with each stream of server-sent events. */
const OTHER_DESCRIPTORS = 200;
const OPEN_WITHIN_MS = 60_000;
const END_WITHIN_MS = 30_000;
/** The whole ends after so long, whatever hangs. */
const MAX_MS = 170_000;
const GOAL_MB = 1024;

const streams = readNumber('STREAMS', 10_000, 100, 100_000);
const paceMs = readNumber('STREAMS_PACE_MS', 4000, 50, 60_000);
const seconds = readNumber('STREAMS_SECONDS', 20, 1, 120);
const startedAt = performance.now();
setTimeout(
  () => {
    process.stderr.write('bench:streams took too long\n');
    process.exit(1);
  },
  MAX_MS + seconds * 1000,
).unref();

function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
}

/** What a process may open; children have the same limit. */
function mostDescriptors(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
}

const sockets = Math.max(1, Math.round(streams / 2 / STREAMS_A_SOCKET));
const serverSentEvents = streams - sockets * STREAMS_A_SOCKET;
const needed = streams + serverSentEvents + sockets + OTHER_DESCRIPTORS;
if (needed > mostDescriptors()) {
  throw new Error(`${streams} streams need ${needed} open files, the limit is ${mostDescriptors()}: see ulimit -n`);
}

buildPrograms(['probe', 'slow-upstream', 'slow-readers']);
const upstream = await startWorker('slow-upstream', [String(paceMs)]);
const readers = await startWorker('slow-readers');
const port = await freePort();
const { worker: server } = await startProbed('trestle-streams', `${ROOT}dist/server/main.js`, {
  PORT: String(port),
  TRESTLE_API_KEYS: `another-key,${KEY}`,
  ANTHROPIC_API_KEY: 'upstream-key',
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${upstream.port}`,
  LOG_LEVEL: 'info',
});
const origin = `http://127.0.0.1:${port}`;
await firstAnswerAt(`${origin}/healthz`);

interface Row {
  when: string;
  resident: number;
  heap: number;
  external: number;
  descriptors: number;
}
const rows: Row[] = [];
const megabytes = (bytes: number): number => bytes / 1024 / 1024;

async function look(when: string): Promise<Row> {
  // As it is in production, before the collection that the look at the heap makes.
  const { resident } = memoryOf(server.pid);
  const { heap, external, descriptors } = (await server.ask({})) as unknown as Held;
  const row = { when, resident, heap: megabytes(heap), external: megabytes(external), descriptors };
  rows.push(row);
  say(`${when}: ${resident.toFixed(0)} MB resident, heap ${row.heap.toFixed(0)} MB, ${descriptors} descriptors`);
  return row;
}

async function until(what: keyof Progress & ('begun' | 'ended'), withinMs: number): Promise<Progress> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const progress = (await readers.ask({ progress: true })) as unknown as Progress;
    if (progress.failures.length > 0) throw new Error(`a stream failed: ${progress.failures[0]}`);
    if (progress[what] >= streams) return progress;
    if (performance.now() > deadline) throw new Error(`${progress[what]} of ${streams} streams have ${what}`);
    await wait(200);
  }
}

const idle = await look('before');
const openedAt = performance.now();
await readers.ask({
  url: `${origin}/v1/chat/completions`,
  webSocketUrl: `${origin.replace('http', 'ws')}/trpc`,
  key: KEY,
  body: { model: MODEL, max_tokens: 1024, messages: [{ role: 'user', content: 'Tell me a long story, slowly.' }] },
  serverSentEvents,
  sockets,
  streamsASocket: STREAMS_A_SOCKET,
});
await until('begun', OPEN_WITHIN_MS);
const openSeconds = (performance.now() - openedAt) / 1000;
await look(`${streams} open`);

const before = { cpu: cpuTimeOf(server.pid), sent: Number((await upstream.ask({}))['sent']), at: performance.now() };
await wait(seconds * 1000);
const cpu = cpuTimeOf(server.pid) - before.cpu;
const { sent, open } = (await upstream.ask({})) as { sent: number; open: number };
const passed = performance.now() - before.at;
const events = sent - before.sent;
if (open !== streams) throw new Error(`only ${open} of ${streams} streams are open at the upstream`);
const full = await look(`${seconds} s later`);

await upstream.ask({ end: true });
const { ended } = await until('ended', END_WITHIN_MS);
await look('all have ended');
const { peak } = memoryOf(server.pid);

const met = peak <= GOAL_MB;
const kilobytes = ((full.heap + full.external - idle.heap - idle.external) * 1024) / streams;
const report = `# ${streams} slow streams

Made by \`npm run bench:streams\` on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}:
${serverSentEvents} streams over server-sent events and ${sockets * STREAMS_A_SOCKET} over ${sockets} WebSockets, each of which gets a delta every
${paceMs / 1000} s from an upstream in a process of its own. All ${ended} were whole at their end.

| when | resident MB | heap MB | beside the heap MB | open files and sockets |
| --- | ---: | ---: | ---: | ---: |
${rows
  .map(
    ({ when, resident, heap, external, descriptors }) =>
      `| ${when} | ${resident.toFixed(0)} | ${heap.toFixed(0)} | ${external.toFixed(1)} | ${descriptors} |`,
  )
  .join('\n')}

- Resident memory at most: ${peak.toFixed(0)} MB. The goal is ${GOAL_MB} MB: ${met ? 'met' : 'not met'}.
- A stream holds ${kilobytes.toFixed(1)} kB after a collection, heap and beside it.
- CPU with all of them open: ${((cpu / 1000 / passed) * 100).toFixed(0)}% of a core for ${((events / passed) * 1000).toFixed(0)} deltas a second, ${(cpu / events).toFixed(0)} µs a delta.
- They were opened in ${openSeconds.toFixed(1)} s.
`;
await writeFile(`${ROOT}bench/streams.md`, report);
process.stdout.write(report);
say('written to bench/streams.md');
stopAll();
process.exit(met ? 0 : 1);
