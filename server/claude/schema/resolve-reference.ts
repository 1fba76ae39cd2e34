import { escapePointer, own } from './json-schema.ts';

export interface ReferenceTarget {
  /** Its JSON pointer, spelled in one way. */
  pointer: string;
  schema: unknown;
}

/** What a `$ref` to `#` or `#/…` names in `root`; undefined for other documents, anchors and places that are not there. */
export function resolveReference(reference: unknown, root: unknown): ReferenceTarget | undefined {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) return undefined;
  let schema = root;
  let pointer = '';
  for (const part of reference.split('/').slice(1)) {
    const name = decode(part);
    if (name === undefined) return undefined;
    schema = own(schema, name);
    if (schema === undefined) return undefined;
    pointer += `/${escapePointer(name)}`;
  }
  return { pointer, schema };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
