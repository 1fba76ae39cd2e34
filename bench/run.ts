import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { drawChart } from './chart.ts';
import { checkAnswer } from './check-answer.ts';
import { memoryOf } from './cpu.ts';
import { directJob, jobOf, measure, medianOf, type Sample } from './measure.ts';
import { type Mode, MODES } from './modes.ts';
import { buildPrograms, ROOT, startWorker, stopAll, type Worker } from './processes.ts';
import { readNumber } from './read-number.ts';
import { type Figures, renderReport } from './report.ts';
import type { Target } from './target.ts';
import { startTargets } from './targets.ts';

/** No new round begins after so long, so that the whole stays below six minutes on a slow machine too. */
const MAX_MS = 280_000;
/** The first mode compiles what all of them run: a gateway of this size takes some thousand requests for it. */
const FIRST_WARM_UP_SECONDS = 6;
const WARM_UP_SECONDS = 1.5;

const rounds = Math.round(readNumber('BENCH_ROUNDS', 5, 1, 20));
const seconds = readNumber('BENCH_SECONDS', 1.5, 0.2, 10);
/** Of modes, comma-separated; all by default. */
const wanted = process.env['BENCH_MODES']?.split(',') ?? MODES.map(({ id }) => id);
const modes = MODES.filter(({ id }) => wanted.includes(id));
const startedAt = performance.now();

function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
}

async function checkAndWarmUp(upstream: Worker, load: Worker, targets: readonly Target[]): Promise<void> {
  for (const mode of modes) {
    await upstream.ask({ mode: mode.id });
    for (const target of targets) {
      if (mode.transport === 'http') await checkAnswer(target, mode);
      const job = jobOf(target, mode, mode === modes[0] ? FIRST_WARM_UP_SECONDS : WARM_UP_SECONDS);
      if (job) await load.ask(job);
    }
  }
}

/** One round: each mode with one gateway after the other, which begin in turn. */
async function runRound(round: number, upstream: Worker, load: Worker, targets: readonly Target[]): Promise<void> {
  for (const mode of modes) {
    await upstream.ask({ mode: mode.id });
    if (mode.id === 'first-token') {
      direct.push(await measure(load, directJob(upstreamUrl, mode, seconds), upstream.pid, mode));
    }
    for (let turn = 0; turn < targets.length; turn += 1) {
      const target = targets[(turn + round) % targets.length]!;
      const job = jobOf(target, mode, seconds);
      if (job) samplesOf(target, mode).push(await measure(load, job, target.pid, mode));
    }
  }
}

const samples = new Map<string, Sample[]>();
const direct: Sample[] = [];
function samplesOf({ name }: Target, { id }: Mode): Sample[] {
  const key = `${name} ${id}`;
  const found = samples.get(key) ?? [];
  samples.set(key, found);
  return found;
}

buildPrograms();
const upstream = await startWorker('fake-upstream');
const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
const load = await startWorker('load');
const targets = await startTargets(upstreamUrl);
if (targets.every(({ name }) => name !== 'portkey')) say('Portkey is left out: npm ci --prefix bench/portkey');

say(`${targets.length} gateways, ${modes.length} modes, ${rounds} rounds of ${seconds} s each`);
await checkAndWarmUp(upstream, load, targets);
let done = 0;
for (; done < rounds && performance.now() - startedAt < MAX_MS; done += 1) {
  say(`round ${done + 1}`);
  await runRound(done, upstream, load, targets);
}

const figures: Figures = {
  rounds: done,
  seconds,
  machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`,
  modes,
  targets: targets.map((target) => ({ ...target, ...memoryOf(target.pid) })),
  medians: new Map([...samples].map(([key, values]) => [key, medianOf(values)])),
  directFirstToken: direct.length > 0 ? medianOf(direct).firstToken : null,
};
const report = renderReport(figures);
await writeFile(`${ROOT}bench/results.md`, report);
await writeFile(`${ROOT}bench/results.svg`, drawChart(figures));
process.stdout.write(report);
say('written to bench/results.md and bench/results.svg');
stopAll();
