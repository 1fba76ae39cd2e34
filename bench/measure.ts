import { cpuTimeOf } from './cpu.ts';
import type { Job, Outcome } from './job.ts';
import type { Mode } from './modes.ts';
import type { Worker } from './processes.ts';
import type { Target } from './target.ts';

/** One run of one mode against one gateway. */
export interface Sample {
  /** CPU time of the gateway's process for each request or event, in microseconds. */
  cpu: number;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Milliseconds until the first content; null for whole answers. */
  firstToken: number | null;
}

/** Where to send the requests of a mode; null when the gateway has no such door. */
export function jobOf(target: Target, mode: Mode, seconds: number): Job | null {
  const url = urlOf(target, mode);
  if (url === null) return null;
  return {
    transport: mode.transport,
    url,
    headers: target.headers,
    body: mode.body(),
    connections: mode.connections,
    seconds,
    stream: mode.deltas === 0 ? null : { events: mode.deltas, end: endOf(mode) },
  };
}

/** Where a mode is asked for at a gateway; null where it has no such door. */
export function urlOf({ name, url, webSocketUrl }: Target, { transport, door }: Mode): string | null {
  if (transport === 'websocket') return webSocketUrl;
  if (door === undefined) return url;
  return name === 'trestle' ? url.replace('/v1/chat/completions', `/v1/${door}`) : null;
}

/** How the last event of a stream ends. */
function endOf({ door, deltas }: Mode): string {
  if (door === 'messages') return 'data: {"type":"message_stop"}\n\n';
  // Four events come before the deltas, and three between them and the last one.
  return door === 'responses' ? `"sequence_number":${deltas + 7}}\n\n` : 'data: [DONE]\n\n';
}

/** The same straight at the upstream, whose first content comes without any gateway. */
export function directJob(upstream: string, mode: Mode, seconds: number): Job {
  return {
    transport: 'http',
    url: `${upstream}/v1/messages`,
    headers: {},
    body: mode.body(),
    connections: mode.connections,
    seconds,
    stream: { events: mode.deltas, end: 'data: {"type":"message_stop"}\n\n' },
  };
}

export async function measure(load: Worker, job: Job, pid: number, mode: Mode): Promise<Sample> {
  const before = cpuTimeOf(pid);
  const { requests, seconds, p50, p99, firstToken } = (await load.ask(job)) as unknown as Outcome;
  const used = cpuTimeOf(pid) - before;
  const units = requests * (mode.unit === 'event' ? mode.deltas : 1);
  return { cpu: used / units, requestsPerSecond: requests / seconds, p50, p99, firstToken };
}

/** The median of each figure. */
export function medianOf(samples: readonly Sample[]): Sample {
  const median = (pick: (sample: Sample) => number): number => {
    const sorted = samples.map(pick).sort((left, right) => left - right);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  };
  return {
    cpu: median(({ cpu }) => cpu),
    requestsPerSecond: median(({ requestsPerSecond }) => requestsPerSecond),
    p50: median(({ p50 }) => p50),
    p99: median(({ p99 }) => p99),
    firstToken: samples[0]?.firstToken == null ? null : median(({ firstToken }) => firstToken!),
  };
}
