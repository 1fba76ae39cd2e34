import { setTimeout as wait } from 'node:timers/promises';

export type TargetName = 'limit' | 'trestle' | 'portkey';

/** A gateway to be measured. */
export interface Target {
  name: TargetName;
  label: string;
  pid: number;
  /** Of chat completions. */
  url: string;
  /** Where its tRPC answers WebSockets; null where there is none. */
  webSocketUrl: string | null;
  headers: Record<string, string>;
  /** Milliseconds from its start to its first answer; null where it is not of interest. */
  startMs: number | null;
}

/** `performance.now()` at the first answer of a server that is starting. */
export async function firstAnswerAt(url: string): Promise<number> {
  for (let tries = 0; tries < 1000; tries += 1) {
    try {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      return performance.now();
    } catch {
      await wait(10);
    }
  }
  throw new Error(`no answer from ${url}`);
}
