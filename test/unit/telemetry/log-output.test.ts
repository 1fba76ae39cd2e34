import { pino } from 'pino';
import { expect, it } from 'vitest';
import { LogOutput, outputOf } from '../../../server/telemetry/log-output.ts';

function logger(): { log: pino.Logger; written: string[] } {
  const written: string[] = [];
  return {
    log: pino({ base: null, timestamp: false }, new LogOutput({ write: (text) => written.push(text) })),
    written,
  };
}

it('writes a line at once, and what comes while it is corked together', () => {
  const { log, written } = logger();
  log.info('one');
  const output = outputOf(log)!;
  output.cork();
  log.info('two');
  log.info('three');
  expect(written).toHaveLength(1);
  output.uncork();
  log.info('four');
  expect(
    written.map((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ),
  ).toEqual([['one'], ['two', 'three'], ['four']]);
});

it('writes nothing when nothing came', () => {
  const { log, written } = logger();
  outputOf(log)!.cork();
  outputOf(log)!.uncork();
  expect(written).toEqual([]);
});

it('is found by the children of a logger as well', () => {
  const { log } = logger();
  expect(outputOf(log.child({ worker: 1 }))).toBe(outputOf(log));
  expect(outputOf(pino({ level: 'silent' }, { write: () => {} }))).toBeUndefined();
});
