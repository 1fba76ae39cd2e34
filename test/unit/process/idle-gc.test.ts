import { expect, it } from 'vitest';
import { collectWhenIdle } from '../../../server/process/idle-gc.ts';

const OBJECTS = 500_000;

let tell: (objects: number) => void;
const collected = new Promise<number>((resolve) => (tell = resolve));
const registry = new FinalizationRegistry<number>((objects) => tell(objects));

/** Leaves 30 MB behind that have outlived many collections of the young generation. */
function leaveGarbage(): void {
  const garbage = Array.from({ length: OBJECTS }, (_, index) => ({ index }));
  registry.register(garbage, garbage.length);
  let young: unknown;
  for (let index = 0; index < 4e6; index += 1) young = { index, garbage };
  expect(young).toHaveProperty('garbage');
}

it('has garbage that has grown old collected once there is nothing else to do', async () => {
  const timer = collectWhenIdle({ everyMs: 10 });
  leaveGarbage();
  expect(await collected).toBe(OBJECTS);
  clearInterval(timer);
  // Later V8 would by itself.
}, 5000);
