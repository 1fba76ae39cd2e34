import { pino } from 'pino';
import { expect, it } from 'vitest';
import { LogOutput } from '../../../server/telemetry/log-output.ts';

function logger(): { log: pino.Logger; output: LogOutput; written: string[] } {
  const written: string[] = [];
  const output = new LogOutput({ write: (text) => written.push(text) });
  return { log: pino({ base: null, timestamp: false }, output), output, written };
}

it('writes a line at once, and what comes while it is corked together', () => {
  const { log, output, written } = logger();
  log.info('one');
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
  const { output, written } = logger();
  output.cork();
  output.uncork();
  expect(written).toEqual([]);
});
