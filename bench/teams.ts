/**
 * What keys in the storage, limits and the ledger cost: the same server without them and with them, in turns.
 *
 *   npm run bench:teams
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobOf, measure, medianOf, type Sample } from './measure.ts';
import { type ModeId, MODES } from './modes.ts';
import { buildPrograms, freePort, ROOT, startServer, startWorker, stopAll } from './processes.ts';
import { readNumber } from './read-number.ts';
import { firstAnswerAt, type Target } from './target.ts';

const ADMIN_KEY = 'bench-admin-key';
const WARM_UP_SECONDS = 4;
const WANTED: readonly ModeId[] = ['json-small', 'stream-burst', 'first-token'];

const rounds = Math.round(readNumber('BENCH_ROUNDS', 8, 1, 40));
const seconds = readNumber('BENCH_SECONDS', 2, 0.2, 30);
const modes = MODES.filter(({ id }) => WANTED.includes(id));

buildPrograms();
const upstream = await startWorker('fake-upstream');
const load = await startWorker('load');
const folder = await mkdtemp(join(tmpdir(), 'trestle-bench-'));

async function start(label: string, environment: Record<string, string>): Promise<Target> {
  const port = await freePort();
  const { pid } = startServer(`trestle-${label}`, [`${ROOT}dist/server/main.js`], {
    PORT: String(port),
    TRESTLE_API_KEYS: 'bench-key',
    ANTHROPIC_API_KEY: 'upstream-key',
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${upstream.port}`,
    LOG_LEVEL: 'info',
    ...environment,
  });
  const origin = `http://127.0.0.1:${port}`;
  await firstAnswerAt(`${origin}/healthz`);
  const headers = { authorization: 'Bearer bench-key' };
  return {
    name: 'trestle',
    label,
    pid,
    url: `${origin}/v1/chat/completions`,
    webSocketUrl: null,
    headers,
    startMs: null,
  };
}

/** A key with limits that nobody reaches. */
async function withKey(target: Target): Promise<Target> {
  const { origin } = new URL(target.url);
  const made = await fetch(`${origin}/v1/organization/projects/default/api_keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'bench',
      limits: { max_requests_per_1_minute: 1e9, max_tokens_per_1_minute: 1e12, max_parallel_requests: 1e6 },
    }),
  });
  if (!made.ok) throw new Error(await made.text());
  const { value } = (await made.json()) as { value: string };
  return { ...target, headers: { authorization: `Bearer ${value}` } };
}

const plain = await start('plain', {});
const teams = await withKey(
  await start('teams', { TRESTLE_STORAGE: `sqlite:${join(folder, 'bench.db')}`, TRESTLE_ADMIN_KEY: ADMIN_KEY }),
);
const targets = [plain, teams];
const samples = new Map<string, Sample[]>();

for (const mode of modes) {
  await upstream.ask({ mode: mode.id });
  for (const target of targets) await load.ask(jobOf(target, mode, WARM_UP_SECONDS)!);
}
for (let round = 0; round < rounds; round += 1) {
  for (const mode of modes) {
    await upstream.ask({ mode: mode.id });
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      const key = `${mode.id} ${target.label}`;
      const sample = await measure(load, jobOf(target, mode, seconds)!, target.pid, mode);
      samples.set(key, [...(samples.get(key) ?? []), sample]);
    }
  }
}

const rows = modes.map((mode) => {
  const [without, having] = targets.map(({ label }) => medianOf(samples.get(`${mode.id} ${label}`)!));
  const first = mode.id === 'first-token' ? `${(having!.firstToken! - without!.firstToken!).toFixed(3)} ms` : '';
  const [before, after] = [without!.cpu.toFixed(1), having!.cpu.toFixed(1)];
  return `| ${mode.label} | µs ${mode.unit === 'event' ? 'an event' : 'a request'} | ${before} | ${after} | ${(having!.cpu / without!.cpu).toFixed(2)}x | ${first} |`;
});
const report = `# What keys, limits and the ledger cost

Written by \`npm run bench:teams\`: ${rounds} rounds of ${seconds} s each, on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}. The same server with a key
of the configuration and everything in memory, and with a key in the storage, three limits and the ledger, all in a file of SQLite. CPU
is the time of the whole process, SQLite's thread included.

| mode | unit | without | with | with / without | first token later by |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
await writeFile(`${ROOT}bench/teams.md`, report);
process.stdout.write(report);
stopAll();
await rm(folder, { recursive: true });
