import type { ProbeGroup } from './probe.ts';
import { ANSWERS } from './probes-answers.ts';
import { CONTENT } from './probes-content.ts';
import { PARAMETERS } from './probes-parameters.ts';
import { REASONING } from './probes-reasoning.ts';
import { ROUTES } from './probes-routes.ts';
import { STREAMS } from './probes-streams.ts';
import { STRUCTURED } from './probes-structured.ts';
import { TOOLS } from './probes-tools.ts';

export const PROBE_GROUPS: readonly ProbeGroup[] = [
  PARAMETERS,
  CONTENT,
  STRUCTURED,
  TOOLS,
  REASONING,
  STREAMS,
  ANSWERS,
  ROUTES,
];
