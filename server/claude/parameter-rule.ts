import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import type { Notices } from './notices.ts';
import { notesUnknownFields } from './unknown-fields.ts';

/** `mapped` and `emulated` fields are honoured by a translator; the others end at the check below. */
export type Fate = 'mapped' | 'emulated' | 'ignored' | 'refused';

export interface ParameterRule {
  fate: Fate;
  /** What becomes of it, for docs/parameters.md, and in the notice or error of one that ends here. */
  effect: string;
  /** Values besides null that ask for nothing, so that they make neither notice nor error. */
  defaults?: readonly unknown[];
}

interface Checked {
  /** A rule for each top-level field. */
  rules: Readonly<Record<string, ParameterRule>>;
  schema: z.ZodObject;
  /** What the fields are fields of, in a notice. */
  api: string;
}

/**
 * Makes a check that refuses or notes every field that no translator honours. The check throws a 400 that names the
 * field.
 */
export function parameterCheck({ rules, schema, api }: Checked): (request: object, notices: Notices) => void {
  const noteUnknownFields = notesUnknownFields(schema);
  return (request, notices) => {
    for (const [name, value] of Object.entries(request)) {
      if (value === undefined || value === null) continue;
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      if (rule === undefined) notices.add(name, 'ignored', `${name} is not a field of ${api}`);
      else if (rule.fate === 'mapped' || rule.fate === 'emulated' || isDefault(rule, value)) continue;
      else if (rule.fate === 'refused')
        throw new TrestleError('unsupported_parameter', `${name} can't be honoured: ${rule.effect}`, { param: name });
      else notices.add(name, 'ignored', rule.effect);
    }
    noteUnknownFields(request, notices);
  };
}

function isDefault({ defaults }: ParameterRule, value: unknown): boolean {
  return defaults?.some((ordinary) => JSON.stringify(ordinary) === JSON.stringify(value)) ?? false;
}
