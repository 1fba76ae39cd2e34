import type { z } from 'zod';

interface Definition {
  type: string;
  coerce?: boolean;
  innerType?: z.core.$ZodType;
  element?: z.core.$ZodType;
  options?: readonly z.core.$ZodType[];
  shape?: Record<string, z.core.$ZodType>;
}

/**
 * Keeps trpc-openapi from making a schema coercing: it sets `coerce` on the shared definitions at each request,
 * after which `stream: "false"` is true and `temperature: null` is 0, for tRPC's callers too.
 * The setter is mute rather than missing, because a frozen definition would make it throw.
 */
export function lockCoercion(schema: z.core.$ZodType, seen = new Set<unknown>()): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const definition = schema._zod.def as Definition;
  const coerce = definition.coerce ?? false;
  Object.defineProperty(definition, 'coerce', { get: () => coerce, set: () => {}, configurable: true });
  const children = [
    definition.innerType,
    definition.element,
    ...(definition.options ?? []),
    ...Object.values(definition.shape ?? {}),
  ];
  for (const child of children) if (child !== undefined) lockCoercion(child, seen);
}
