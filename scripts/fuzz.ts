/**
 * Sends wrong, torn and hostile requests through every door of a server whose Claude answers garbage, and checks that
 * each is answered with an envelope, that no failure is the server's own, and that nothing holds its event loop.
 *
 *   npm run fuzz -- --requests 20000 --seed 1
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { seededRandom } from '../test/support/seeded-random.ts';
import type { Target } from './fuzz/ask.ts';
import { faultOf } from './fuzz/check-reply.ts';
import { DOORS } from './fuzz/doors.ts';
import { startGarbageClaude } from './fuzz/garbage-claude.ts';
import { Dice } from './fuzz/mutate.ts';

const CALLERS = 16;
const MAX_SHOWN = 20;
/** Requests that a hold of the event loop may be due to: those under way, and those that have just been answered. */
const RECENT = 4 * CALLERS;
const MAX_CONFIRMED = 10;
/** Sent first, while the server's code is cold: how long they hold the loop says nothing. */
const WARM_UP = 100;
const API_KEY = 'fuzz-key';
const ADMIN_KEY = 'fuzz-admin-key';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
const [requests, seed] = [Number(values.requests), Number(values.seed)];
const claude = await startGarbageClaude(new Dice(seededRandom(seed + 1)));

const child = spawn(
  process.execPath,
  ['--import', 'tsx', '--import', './scripts/fuzz/watch-loop.ts', 'server/main.ts'],
  {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      ANTHROPIC_API_KEY: 'fuzz-upstream-key',
      ANTHROPIC_BASE_URL: claude.url,
      TRESTLE_API_KEYS: API_KEY,
      TRESTLE_ADMIN_KEY: ADMIN_KEY,
      TRESTLE_MAX_RETRIES: '0',
      TRESTLE_RESUME_GRACE_MS: '100',
      TRESTLE_REPLAY_KEEP_MS: '500',
      TRESTLE_IDLE_TIMEOUT_MS: '5000',
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  },
);
const faults = new Map<string, { count: number; example: string }>();
function report(kind: string, example: string): void {
  const known = faults.get(kind);
  if (known) known.count += 1;
  else faults.set(kind, { count: 1, example });
}

let answered = 0;
let exited: string | undefined;
child.on('exit', (code, signal) => (exited = `${code ?? signal}`));
/** The numbers of the last requests, those under way among them. */
let recent: number[] = [];
interface Hold {
  ms: number;
  after: number;
  requests: number[];
}
let holds: Hold[] = [];
child.on('message', ({ blockedMs }: { blockedMs: number }) => {
  if (answered > WARM_UP) holds.push({ ms: Math.round(blockedMs), after: answered, requests: recent });
});
const url = await new Promise<string>((resolve, reject) => {
  let log = '';
  child.once('exit', () => reject(new Error(`the server did not start: ${log}`)));
  child.stdout!.on('data', (data: Buffer) => {
    for (const line of data.toString().split('\n')) {
      const [, found] = /"msg":"Trestle is listening on ([^"]+)"/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
      // Where in our code it was, which no caller is told. Claude's own 500 is passed on as one.
      const [, frame] = /"at":\["\s*([^"]*)"/.exec(line) ?? [];
      if (line.includes('"status":500') && frame && !line.includes('"status_500"'))
        report(`in the log: ${frame}`, line.slice(0, 1000));
    }
    log = data.toString();
  });
});
const target: Target = { url, apiKey: API_KEY, adminKey: ADMIN_KEY };

async function call(number: number): Promise<void> {
  recent = [...recent, number].slice(-RECENT);
  // Each request has dice of its own, so that one can be made again alone.
  const dice = new Dice(seededRandom(seed * 31 + number));
  try {
    const reply = await dice.oneOf(DOORS)(target, dice);
    const fault = faultOf(reply);
    if (fault !== undefined) report(`${reply.door}: ${fault}`, `request ${number}: ${reply.text.slice(-600)}`);
  } catch (thrown) {
    report(`not answered: ${String((thrown as Error).cause ?? thrown).slice(0, 120)}`, `request ${number}`);
  }
  answered += 1;
}

/**
 * Makes the requests again that were under way when the event loop was held. A request that holds it does so each time; a
 * collection of garbage, or a machine whose other work slows this one down, does not come again at the same requests.
 */
async function confirmHolds(): Promise<void> {
  const [suspected, before] = [holds, answered];
  for (const { ms, after, requests } of suspected.slice(0, MAX_CONFIRMED)) {
    holds = [];
    for (let round = 0; round < 3 && exited === undefined; round += 1) await Promise.all(requests.map(call));
    const found = `${ms} ms, after ${after} requests`;
    if (holds.length > 0)
      report('the event loop was held for over 100 ms, and again', `${found}: one of ${requests.join()}`);
    else console.log(`the event loop was held once, and not by the same requests again: ${found}`);
  }
  answered = before;
}

const started = performance.now();
let next = 0;
async function caller(): Promise<void> {
  while (next < requests && exited === undefined) await call(next++);
}
await Promise.all(Array.from({ length: CALLERS }, caller));
await confirmHolds();
if (exited !== undefined) report('the server ended', `with ${exited}, after ${answered} requests`);
else child.kill('SIGTERM');
claude.server.close();
claude.server.closeAllConnections();

const seconds = Math.round((performance.now() - started) / 1000);
console.log(`${answered} requests in ${seconds} s with the seed ${seed}: ${faults.size} kinds of faults`);
for (const [kind, { count, example }] of [...faults].slice(0, MAX_SHOWN))
  console.log(`- ${kind} (${count} times)\n  ${example}`);
process.exitCode = faults.size === 0 && answered === requests ? 0 : 1;
