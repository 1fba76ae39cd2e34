import { isQuick } from './check-cost.ts';
import { checkText, type Checked } from './check-schema.ts';
import { CheckThread } from './check-thread.ts';
import type { CheckOrder } from './check-worker.ts';

const MAX_THREADS = 2;
const MAX_WAITING = 64;
/** No finished answer is held for longer, whatever it waits for: other checks, or a thread that starts. */
const MAX_WAIT_MS = 3000;
const IDLE_MS = 30_000;
const TOO_BUSY = 'too many answers are being checked';

interface Waiting {
  order: CheckOrder;
  /** Takes the result once, and ignores later ones. */
  resolve: (results: Checked[]) => void;
  isOver: boolean;
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
  if (json === undefined) return unchecked(texts, 'it is no JSON Schema by itself');
  if (isQuick(texts, schema, json)) return Promise.all(texts.map((text) => checkText(text, json)));
  if (waiting.length >= MAX_WAITING) return unchecked(texts, TOO_BUSY);
  return new Promise((resolve) => {
    const one: Waiting = {
      order: { texts, schema: json },
      resolve(results) {
        one.isOver = true;
        clearTimeout(timer);
        resolve(results);
      },
      isOver: false,
    };
    const timer = setTimeout(() => one.resolve(unchecked(texts, TOO_BUSY)), MAX_WAIT_MS);
    waiting.push(one);
    startNext();
  });
}

function unchecked(texts: readonly string[], why: string): Checked[] {
  return texts.map(() => ({ unchecked: why }));
}

function startNext(): void {
  while (waiting.length > 0 && running < MAX_THREADS) {
    const next = waiting.shift()!;
    if (!next.isOver) void run(next);
  }
}

async function run({ order, resolve }: Waiting): Promise<void> {
  running += 1;
  try {
    let thread = idle.pop();
    while (thread?.hasEnded) thread = idle.pop();
    thread ??= new CheckThread();
    resolve(await thread.check(order));
    if (!thread.hasEnded) idle.push(thread);
  } catch {
    resolve(unchecked(order.texts, 'no thread could be started'));
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
