import type { Sample } from './measure.ts';
import type { Mode } from './modes.ts';
import type { Target, TargetName } from './target.ts';

/** All that one run of the bench has found. */
export interface Figures {
  rounds: number;
  seconds: number;
  machine: string;
  modes: readonly Mode[];
  /** Memory in MB. */
  targets: readonly (Target & { resident: number; peak: number })[];
  /** By `<target> <mode>`. */
  medians: ReadonlyMap<string, Sample>;
  /** Milliseconds until the first content without a gateway; null when it was not measured. */
  directFirstToken: number | null;
}

/** What the limit is asked for in place of what it does not have. */
const COMPARED_WITH: Partial<Record<Mode['id'], Mode['id']>> = {
  websocket: 'stream-burst',
  'messages-small': 'json-small',
  'messages-stream': 'stream-burst',
  'responses-small': 'json-small',
  'responses-stream': 'stream-burst',
};

function sampleOf({ medians }: Figures, target: TargetName, mode: Mode['id']): Sample | undefined {
  return medians.get(`${target} ${mode}`) ?? medians.get(`${target} ${COMPARED_WITH[mode] ?? mode}`);
}

/** The figures as Markdown. */
export function renderReport(figures: Figures): string {
  const { rounds, seconds, machine } = figures;
  return [
    '# Bench',
    `Written by \`npm run bench\`: medians of ${rounds} rounds of ${seconds} s a mode. ${machine}.`,
    'CPU is the time of the gateway process, from /proc, for each request, or for each of the upstream deltas of a stream. ' +
      'The limit is a bare `node:http` proxy that parses and re-writes the same JSON and checks nothing. ' +
      'The upstream, the gateway and the load share the machine: requests a second tell little beside CPU.',
    '![CPU time of each gateway, by mode](results.svg)',
    '## CPU time',
    cpuTable(figures),
    'Only Trestle streams over WebSocket and has the two other APIs; the others are shown there with the same answer of chat completions over HTTP.',
    '## Throughput and latency',
    'Latency is that of whole answers, to the last byte.',
    speedTable(figures),
    '## First token',
    firstTokenTable(figures),
    '## Process',
    processTable(figures),
    '',
  ].join('\n\n');
}

function cpuTable(figures: Figures): string {
  const rows = figures.modes
    .filter(({ id }) => id !== 'first-token')
    .map(({ id, label, unit }) => {
      const [limit, trestle, portkey] = (['limit', 'trestle', 'portkey'] as const).map(
        (target) => sampleOf(figures, target, id)?.cpu,
      );
      return [
        label,
        `µs a${unit === 'event' ? 'n event' : ' request'}`,
        rounded(limit),
        rounded(trestle),
        rounded(portkey),
        ratio(trestle, limit),
        ratio(portkey, trestle),
      ];
    });
  const head = ['mode', 'unit', 'limit', 'Trestle', 'Portkey', 'Trestle / limit', 'Portkey / Trestle'];
  return table(head, rows);
}

function speedTable({ modes, targets, medians }: Figures): string {
  const rows = modes.flatMap(({ id, label, connections }) =>
    targets.flatMap((target) => {
      const sample = medians.get(`${target.name} ${id}`);
      if (sample === undefined) return [];
      const { requestsPerSecond, p50, p99 } = sample;
      return [[label, String(connections), target.label, rounded(requestsPerSecond), rounded(p50), rounded(p99)]];
    }),
  );
  return table(['mode', 'connections', 'gateway', 'requests/s', 'p50 ms', 'p99 ms'], rows);
}

function firstTokenTable({ targets, medians, directFirstToken }: Figures): string {
  if (directFirstToken === null) return 'Not measured.';
  const rows = targets.flatMap(({ name, label }) => {
    const first = medians.get(`${name} first-token`)?.firstToken;
    return first == null ? [] : [[label, first.toFixed(2), (first - directFirstToken).toFixed(2)]];
  });
  return table(['gateway', 'ms', 'added ms'], [['none', directFirstToken.toFixed(2), ''], ...rows]);
}

function processTable({ targets }: Figures): string {
  const rows = targets.map(({ label, startMs, resident, peak }) => [
    label,
    startMs === null ? '' : rounded(startMs),
    rounded(resident),
    rounded(peak),
  ]);
  return table(['gateway', 'start to first answer, ms', 'resident after the run, MB', 'at most, MB'], rows);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function rounded(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? '' : `${(value / base).toFixed(2)}x`;
}
