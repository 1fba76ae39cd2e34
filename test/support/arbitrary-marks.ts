import * as fc from 'fast-check';
import type { CacheControl } from '../../shared/cache-control.ts';

interface Marks {
  [field: string]: unknown;
  cache_control?: CacheControl | null;
  prompt_cache_breakpoint?: { mode: 'explicit' } | null;
}

/** On a message or a call, where most have none. */
export const cacheMark: fc.Arbitrary<CacheControl | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(undefined, '5m' as const, '1h' as const)
      .map((ttl) => ({ type: 'ephemeral' as const, ...(ttl !== undefined && { ttl }) })),
  },
);

const mark: fc.Arbitrary<Marks> = fc.oneof(
  fc.constantFrom(undefined, '5m' as const, '1h' as const).map((ttl) => ({
    cache_control: { type: 'ephemeral' as const, ...(ttl !== undefined && { ttl }) },
  })),
  fc.constant({ prompt_cache_breakpoint: { mode: 'explicit' as const } }),
  fc.constant({ cache_control: null }),
);

/** The same things, some of them with a cache mark on them. */
export function marked<T extends object>(thing: fc.Arbitrary<T>): fc.Arbitrary<T & Marks> {
  return fc
    .tuple(thing, fc.oneof({ weight: 2, arbitrary: fc.constant<Marks>({}) }, { weight: 1, arbitrary: mark }))
    .map(([one, marks]) => ({ ...one, ...marks }));
}
