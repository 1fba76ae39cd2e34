import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { cpuTimeOf, memoryOf } from './cpu.ts';
import type { Job, Outcome } from './job.ts';
import { type Mode, MODES } from './modes.ts';
import { buildPrograms, freePort, ROOT, startServer, startWorker, stopAll } from './processes.ts';
import { readNumber } from './read-number.ts';
import { firstAnswerAt } from './target.ts';

const KEY = 'bench-key';
const WARM_UP_SECONDS = 4;

const rounds = Math.round(readNumber('BENCH_ROUNDS', 5, 1, 20));
const seconds = readNumber('BENCH_SECONDS', 3, 0.2, 30);
const most = Math.round(readNumber('BENCH_WORKERS', 2, 1, 64));
const modes = MODES.filter(({ id }) => id === 'json-small' || id === 'stream-burst');
const startedAt = performance.now();

function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
}

interface Server {
  workers: number;
  url: string;
  pid: number;
}

/** The answers to one mode by one server, and of which cores they took how much. */
interface Sample {
  perSecond: number;
  p50: number;
  p99: number;
  gateway: number;
  load: number;
  upstream: number;
}

async function start(workers: number): Promise<Server> {
  const port = await freePort();
  const { pid } = startServer(`trestle-${workers}-workers`, [`${ROOT}dist/server/main.js`], {
    PORT: String(port),
    TRESTLE_WORKERS: String(workers),
    TRESTLE_API_KEYS: `another-key,${KEY}`,
    ANTHROPIC_API_KEY: 'upstream-key',
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${upstream.port}`,
    LOG_LEVEL: 'info',
  });
  await firstAnswerAt(`http://127.0.0.1:${port}/healthz`);
  return { workers, pid, url: `http://127.0.0.1:${port}/v1/chat/completions` };
}

/** The server's process and the workers that it has forked. */
function processesOf({ pid }: Server): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
}

function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuTimeOf(pid), 0);
}

async function run({ url }: Server, mode: Mode, runSeconds: number): Promise<Outcome> {
  const { deltas, transport, connections } = mode;
  const job: Job = {
    transport,
    url,
    headers: { authorization: `Bearer ${KEY}` },
    body: mode.body(),
    connections,
    seconds: runSeconds,
    stream: deltas === 0 ? null : { events: deltas, end: 'data: [DONE]\n\n' },
  };
  return (await load.ask(job)) as unknown as Outcome;
}

async function measure(server: Server, mode: Mode): Promise<Sample> {
  const groups = [processesOf(server), [load.pid], [upstream.pid]];
  const before = groups.map(cpuOf);
  const { requests, seconds: took, p50, p99 } = await run(server, mode, seconds);
  const [gateway, loaded, answered] = groups.map((pids, index) => (cpuOf(pids) - before[index]!) / (took * 1e6));
  return { perSecond: requests / took, p50, p99, gateway: gateway!, load: loaded!, upstream: answered! };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!;
}

buildPrograms(['fake-upstream', 'load']);
const upstream = await startWorker('fake-upstream');
const load = await startWorker('load');
const servers = [await start(1), ...(most > 1 ? [await start(most)] : [])];
const samples = new Map<string, Sample[]>();

for (const mode of modes) {
  await upstream.ask({ mode: mode.id });
  for (const server of servers) await run(server, mode, WARM_UP_SECONDS);
}
for (let round = 0; round < rounds; round += 1) {
  say(`round ${round + 1}`);
  for (const mode of modes) {
    await upstream.ask({ mode: mode.id });
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      const key = `${mode.id} ${server.workers}`;
      samples.set(key, [...(samples.get(key) ?? []), await measure(server, mode)]);
    }
  }
}

const rows = modes.flatMap((mode) =>
  servers.map((server) => {
    const taken = samples.get(`${mode.id} ${server.workers}`)!;
    const of = (pick: (sample: Sample) => number): number => median(taken.map(pick));
    const alone = median(samples.get(`${mode.id} 1`)!.map(({ perSecond }) => perSecond));
    const resident = processesOf(server).reduce((sum, pid) => sum + memoryOf(pid).resident, 0);
    const cells = [
      of(({ perSecond }) => perSecond).toFixed(0),
      `${(of(({ perSecond }) => perSecond) / alone).toFixed(2)}x`,
      of(({ p50 }) => p50).toFixed(1),
      of(({ p99 }) => p99).toFixed(1),
      ...[of(({ gateway }) => gateway), of(({ load: taken }) => taken), of(({ upstream: taken }) => taken)].map(
        (cores) => cores.toFixed(2),
      ),
      resident.toFixed(0),
    ];
    return `| ${mode.label} | ${server.workers} | ${cells.join(' | ')} |`;
  }),
);
const report = [
  '# Workers',
  '',
  `Made by \`npm run bench:workers\`: medians of ${rounds} rounds of ${seconds} s, 32 connections. ` +
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}.`,
  'The load generator and the upstream run on the same cores: what they take, the workers can not have.',
  '',
  '| mode | workers | requests/s | | p50 ms | p99 ms | cores: Trestle | load | upstream | resident MB, all processes |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows,
  '',
].join('\n');
await writeFile(`${ROOT}bench/workers.md`, report);
process.stdout.write(report);
say('written to bench/workers.md');
stopAll();
