import { type Finding, type Verdict, VERDICTS } from './finding.ts';
import type { Missing } from './gateway.ts';
import { oneLine, type Probe, type ProbeGroup } from './probe.ts';

/** One gateway's findings. */
export interface Column {
  name: string;
  configuration: string;
  findings: ReadonlyMap<Probe, Finding>;
}

export interface Comparison {
  groups: readonly ProbeGroup[];
  columns: readonly Column[];
  missing: readonly Missing[];
  date: Date;
}

/** Gateways that can not be run everywhere, and why. */
const NEVER_RUN: readonly Missing[] = [
  { name: 'Bifrost', reason: 'its Go modules and its binary could not be had on the machine where this was run' },
  {
    name: "Anthropic's OpenAI-compatible endpoint",
    reason: 'a service, not a program; see the README for what its documentation says',
  },
];

/** docs/comparison.md: how many probes ended how, each probe by gateway, and what was seen. */
export function renderComparison(comparison: Comparison): string {
  const { groups, columns, missing, date } = comparison;
  return `${[
    '<!-- Written by `npm run compare`; do not edit. -->',
    '# Comparison',
    `Each gateway was run on ${date.toISOString().slice(0, 10)} on one machine, on loopback, in front of the same strict fake Claude, which refuses what breaks a rule of Claude's API. Every probe is one or two OpenAI requests and a look at what reached Claude and at what the client got. The probes and the judge are the same for all; they are in \`bench/compare/\`, with the way to run them again. Trestle's authors chose the probes: they ask what Trestle set out to do.`,
    table(['verdict', 'meaning'], Object.entries(VERDICTS)),
    table(
      ['gateway', 'configuration'],
      columns.map(({ name, configuration }) => [name, configuration]),
    ),
    `Not run: ${[...missing, ...NEVER_RUN].map(({ name, reason }) => `${name} (${reason})`).join('; ')}.`,
    '## Summary',
    summary(columns),
    ...groups.flatMap((group) => [`## ${group.title}`, verdicts(group, columns), evidence(group, columns)]),
  ].join('\n\n')}\n`;
}

function summary(columns: readonly Column[]): string {
  const rows = (Object.keys(VERDICTS) as Verdict[]).map((verdict) => [
    verdict,
    ...columns.map(({ findings }) => String([...findings.values()].filter((one) => one.verdict === verdict).length)),
  ]);
  return table(['', ...columns.map(({ name }) => name)], rows);
}

function verdicts({ probes }: ProbeGroup, columns: readonly Column[]): string {
  return table(
    ['probe', ...columns.map(({ name }) => name)],
    probes.map((probe) => [probe.title, ...columns.map(({ findings }) => findings.get(probe)?.verdict ?? '')]),
  );
}

function evidence({ probes }: ProbeGroup, columns: readonly Column[]): string {
  return probes
    .map((probe) => {
      const lines = columns.map(({ name, findings }) => `  - ${name}: ${code(findings.get(probe)?.evidence ?? '')}`);
      return [`- ${probe.title}`, ...lines].join('\n');
    })
    .join('\n');
}

/** As code, so that nothing of a message is taken for Markdown or HTML. */
function code(text: string): string {
  const flat = oneLine(text).replaceAll('`', '´');
  return flat === '' ? '' : `\`${flat}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
