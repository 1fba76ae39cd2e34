import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startFakeClaude } from '../../test/support/fake-claude.ts';
import { broken, type Finding } from './finding.ts';
import type { Gateway, Missing } from './gateway.ts';
import { GATEWAYS, type StartGateway } from './gateways.ts';
import { oneLine, type Probe, Trial } from './probe.ts';
import { PROBE_GROUPS } from './probes.ts';
import { type Column, renderComparison } from './report.ts';

const OUTPUT = fileURLToPath(new URL('../../docs/comparison.md', import.meta.url));

/** Part of a probe's title: only those run then, and nothing is written. */
const only = process.env['COMPARE_ONLY'];
const groups = PROBE_GROUPS.map(({ title, probes }) => ({
  title,
  probes: probes.filter((probe) => only === undefined || probe.title.includes(only)),
}));

async function runProbe(probe: Probe, trial: Trial): Promise<Finding> {
  try {
    return await probe.run(trial);
  } catch (error) {
    return broken(oneLine(error instanceof Error ? error.message : String(error)));
  }
}

async function runGateway(start: StartGateway): Promise<Column | Missing> {
  await using fake = await startFakeClaude();
  const started = await start(fake.url);
  if ('reason' in started) return started;
  await using gateway: Gateway = started;
  const findings = new Map<Probe, Finding>();
  for (const probe of groups.flatMap(({ probes }) => probes)) {
    const finding = await runProbe(probe, new Trial(gateway, fake));
    findings.set(probe, finding);
    process.stderr.write(`${gateway.name} | ${probe.title} | ${finding.verdict} | ${finding.evidence}\n`);
  }
  return { name: gateway.name, configuration: gateway.configuration, findings };
}

const columns: Column[] = [];
const missing: Missing[] = [];
for (const start of GATEWAYS) {
  const result = await runGateway(start);
  if ('findings' in result) columns.push(result);
  else {
    missing.push(result);
    process.stderr.write(`${result.name}: ${result.reason}\n`);
  }
}
if (only === undefined) {
  writeFileSync(OUTPUT, renderComparison({ groups, columns, missing, date: new Date() }));
  process.stderr.write(`written: ${OUTPUT}\n`);
}
