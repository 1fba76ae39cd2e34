import type { Notices } from './notices.ts';

/** Notes the fields of a nested object that its schema does not know: they stay behind. */
export function noteUnknownFields(
  value: Readonly<Record<string, unknown>>,
  schema: { shape: Readonly<Record<string, unknown>> },
  path: string,
  notices: Notices,
): void {
  for (const name in value) {
    if (Object.hasOwn(schema.shape, name) || value[name] === undefined || value[name] === null) continue;
    notices.add(`${path}.${name}`, 'ignored', `${name} is not a field that Claude has a place for`);
  }
}
