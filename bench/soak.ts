import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { memoryOf } from './cpu.ts';
import type { Soaked } from './mixed-callers.ts';
import type { Held } from './probe.ts';
import { buildPrograms, freePort, ROOT, startProbed, startWorker, stopAll } from './processes.ts';
import { readNumber } from './read-number.ts';
import { firstAnswerAt } from './target.ts';

const KEY = 'bench-key';
const CALLERS = 120;
const SAMPLE_MS = 2000;
/** Of the time, in which code is compiled and pools fill; the rest is measured against the rest after it. */
const WARM_UP = 0.35;
const KEEP_MS = 2000;
const GRACE_MS = 1000;
const SETTLE_MS = 12_000;
/** What a collection leaves differs by as much from one time to the next, and what stays resident by more. */
const HEAP_NOISE_MB = 2;
const RESIDENT_NOISE_MB = 16;
/** Of what a stream of the log, a name that is looked up and the like may hold. */
const SPARE = 3;

const seconds = readNumber('SOAK_SECONDS', 120, 10, 3600);
const startedAt = performance.now();
setTimeout(
  () => {
    process.stderr.write('bench:soak took too long\n');
    process.exit(1);
  },
  (seconds + 90) * 1000,
).unref();

function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
}

buildPrograms(['probe', 'mixed-upstream', 'mixed-callers']);
const upstream = await startWorker('mixed-upstream');
const callers = await startWorker('mixed-callers');
const port = await freePort();
const { worker: server, log } = await startProbed('trestle-soak', `${ROOT}dist/server/main.js`, {
  PORT: String(port),
  TRESTLE_API_KEYS: `another-key,${KEY}`,
  ANTHROPIC_API_KEY: 'upstream-key',
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${upstream.port}`,
  TRESTLE_MAX_RETRIES: '1',
  TRESTLE_IDLE_TIMEOUT_MS: '3000',
  TRESTLE_RESUME_GRACE_MS: String(GRACE_MS),
  TRESTLE_REPLAY_KEEP_MS: String(KEEP_MS),
  LOG_LEVEL: 'info',
});
const origin = `http://127.0.0.1:${port}`;
await firstAnswerAt(`${origin}/healthz`);

interface Sample {
  at: number;
  resident: number;
  heap: number;
  sockets: number;
  descriptors: number;
  timers: number;
}

async function look(): Promise<Sample & { warnings: string[] }> {
  const { resident } = memoryOf(server.pid);
  const { heap, external, warnings, ...held } = (await server.ask({})) as unknown as Held;
  return {
    at: (performance.now() - startedAt) / 1000,
    resident,
    heap: (heap + external) / 1024 / 1024,
    ...held,
    warnings,
  };
}

const before = await look();
const samples: Sample[] = [];

function isSettled({ sockets, descriptors, timers }: Sample): boolean {
  return sockets <= before.sockets && descriptors <= before.descriptors + SPARE && timers <= before.timers + SPARE;
}

/** Callers for so long, and then none; resolves when the server has let go of what it had, or should have. */
async function run(forSeconds: number): Promise<Soaked & { rested: Awaited<ReturnType<typeof look>> }> {
  let soaked: Soaked | undefined;
  const job = {
    url: `${origin}/v1/chat/completions`,
    webSocketUrl: `${origin.replace('http', 'ws')}/trpc`,
    key: KEY,
    callers: CALLERS,
    seconds: forSeconds,
  };
  const told = callers.ask(job).then((answer) => {
    soaked = answer as unknown as Soaked;
    return soaked;
  });
  while (soaked === undefined) {
    await Promise.race([wait(SAMPLE_MS), told]);
    const sample = await look();
    samples.push(sample);
    if (samples.length % 5 === 0)
      say(`${sample.resident.toFixed(0)} MB resident, heap ${sample.heap.toFixed(1)} MB, ${sample.sockets} sockets`);
  }
  // Claude hangs up as well, so that no connection is left that is only kept for later.
  await upstream.ask({ end: true });
  await wait(KEEP_MS + GRACE_MS);
  for (const deadline = performance.now() + SETTLE_MS; performance.now() < deadline; await wait(500)) {
    if (isSettled(await look())) break;
  }
  const rested = await look();
  say(
    `at rest: ${rested.resident.toFixed(0)} MB resident, heap ${rested.heap.toFixed(1)} MB, ${rested.sockets} sockets`,
  );
  return { ...(await told), rested };
}

say(`${CALLERS} callers for ${seconds} s`);
const first = await run(seconds * WARM_UP);
const second = await run(seconds * (1 - WARM_UP));
const { rested: after } = second;
const failures = [...first.failures, ...second.failures];
const counts: Record<string, number> = { ...first.counts };
for (const [name, count] of Object.entries(second.counts)) counts[name] = (counts[name] ?? 0) + count;

const answer = await fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
const metrics = await answer.text();
const gauge = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);

const heapGrowth = after.heap - first.rested.heap;
const residentGrowth = after.resident - first.rested.resident;
const calls = Object.values(counts).reduce((sum, count) => sum + count, 0);
const errors = readFileSync(log, 'utf8')
  .split('\n')
  .filter((line) => /"status":500|"level":60|Unhandled|Warning/.test(line));

const verdicts: [what: string, holds: boolean, told: string][] = [
  [
    'every call went as it should',
    failures.length === 0,
    failures.length > 0 ? `${failures.length} did not: ${failures[0]}` : `${calls} calls`,
  ],
  ['the heap is flat', heapGrowth < HEAP_NOISE_MB, `${heapGrowth.toFixed(2)} MB from one rest to the next`],
  [
    'resident memory is flat',
    residentGrowth < RESIDENT_NOISE_MB,
    `${residentGrowth.toFixed(1)} MB from one rest to the next`,
  ],
  ['no socket is left', after.sockets <= before.sockets, `${after.sockets}, before ${before.sockets}`],
  [
    'no open file is left',
    after.descriptors <= before.descriptors + SPARE,
    `${after.descriptors}, before ${before.descriptors}`,
  ],
  ['no timer is left', after.timers <= before.timers + SPARE, `${after.timers}, before ${before.timers}`],
  [
    'no call, stream or replay is left',
    gauge('trestle_calls_running') + gauge('trestle_streams_running') + gauge('trestle_answers_kept_bytes') === 0,
    `${gauge('trestle_calls_running')}, ${gauge('trestle_streams_running')}, ${gauge('trestle_answers_kept_bytes')} bytes`,
  ],
  ['no warning of too many listeners', after.warnings.length === 0, after.warnings[0] ?? 'none'],
  ['no unexpected error in the log', errors.length === 0, errors[0]?.slice(0, 200) ?? 'none'],
];
const passed = verdicts.every(([, holds]) => holds);

const report = `# Soak

Made by \`npm run bench:soak\` on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}:
${CALLERS} callers for ${seconds} s against the built server. After ${WARM_UP * 100}% of the time there is a pause,
and after the rest of it another one: what memory has grown by is told between these two.

| | | |
| --- | --- | --- |
${verdicts.map(([what, holds, told]) => `| ${what} | ${holds ? 'yes' : '**no**'} | ${told} |`).join('\n')}

| kind of call | times |
| --- | ---: |
${Object.entries(counts)
  .sort(([left], [right]) => left.localeCompare(right))
  .map(([name, count]) => `| ${name} | ${count} |`)
  .join('\n')}

| s | resident MB | heap MB | sockets | timers |
| ---: | ---: | ---: | ---: | ---: |
${[before, ...samples.filter((_, index) => index % 5 === 4), after]
  .map(
    ({ at, resident, heap, sockets, timers }) =>
      `| ${at.toFixed(0)} | ${resident.toFixed(0)} | ${heap.toFixed(1)} | ${sockets} | ${timers} |`,
  )
  .join('\n')}
`;
await writeFile(`${ROOT}bench/soak.md`, report);
process.stdout.write(report);
say('written to bench/soak.md');
stopAll();
process.exit(passed ? 0 : 1);
