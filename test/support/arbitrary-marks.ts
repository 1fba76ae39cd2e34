import * as fc from 'fast-check';
import type { CacheControl } from '../../shared/chat-message.ts';

interface Marks {
  [field: string]: unknown;
  cache_control?: CacheControl | null;
  prompt_cache_breakpoint?: { mode: 'explicit' } | null;
}

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
