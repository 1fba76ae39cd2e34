import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('docs/configuration.md has every variable that the server reads, and no other', () => {
  const [, table] = /const Environment = z\.object\(\{(.*?)\n\}\);/s.exec(read('server/config.ts'))!;
  const known = [...table!.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name!);
  const rows = read('docs/configuration.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const told = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!));
  expect(known.length).toBeGreaterThan(20);
  expect(told.toSorted()).toEqual(known.toSorted());
});
