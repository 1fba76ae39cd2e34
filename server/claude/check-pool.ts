import { isQuick } from './check-cost.ts';
import { checkText, type Checked } from './check-schema.ts';
import { CheckThread } from './check-thread.ts';
import type { CheckOrder } from './check-worker.ts';

const MOST_THREADS = 2;
/** What would wait longer than a few of the slowest take is not checked. */
const MOST_WAITING = 64;
const MAX_WAIT_MS = 3000;
const IDLE_MS = 30_000;
const TOO_BUSY = 'too many answers are being checked';

interface Waiting {
  order: CheckOrder;
  since: number;
  resolve: (results: Checked[]) => void;
}

const idle: CheckThread[] = [];
const waiting: Waiting[] = [];
let running = 0;
let idleTimer: NodeJS.Timeout | undefined;

/**
 * What texts break of a schema, which callers choose. Small schemas whose checks end soon are checked at once; all others
 * by threads that are started for them, and ended by a check that takes over a second or 128 MiB.
 */
export async function checkTexts(texts: readonly string[], schema: unknown): Promise<Checked[]> {
  const json = textOf(schema);
  if (json === undefined) return texts.map(() => ({ unchecked: 'it is no JSON Schema by itself' }));
  if (isQuick(texts, json)) return Promise.all(texts.map((text) => checkText(text, json)));
  if (waiting.length >= MOST_WAITING) return texts.map(() => ({ unchecked: TOO_BUSY }));
  return new Promise((resolve) => {
    waiting.push({ order: { texts, schema: json }, since: performance.now(), resolve });
    startNext();
  });
}

function startNext(): void {
  while (waiting.length > 0 && running < MOST_THREADS) {
    const { order, since, resolve } = waiting.shift()!;
    if (performance.now() - since > MAX_WAIT_MS) resolve(order.texts.map(() => ({ unchecked: TOO_BUSY })));
    else void run(order, resolve);
  }
}

async function run(order: CheckOrder, resolve: (results: Checked[]) => void): Promise<void> {
  running += 1;
  try {
    let thread = idle.pop();
    while (thread?.hasEnded) thread = idle.pop();
    thread ??= new CheckThread();
    resolve(await thread.check(order));
    if (!thread.hasEnded) idle.push(thread);
  } catch {
    resolve(order.texts.map(() => ({ unchecked: 'no thread could be started' })));
  }
  running -= 1;
  idleTimer ??= setTimeout(endIdle, IDLE_MS).unref();
  idleTimer.refresh();
  startNext();
}

/** Each holds the memory of a small heap. */
function endIdle(): void {
  idleTimer = undefined;
  for (const thread of idle.splice(0)) void thread.end();
}

function textOf(schema: unknown): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}
