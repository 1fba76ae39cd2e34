import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { GENERATED_FILES } from '../../scripts/generated-files.ts';

test.each(Object.entries(GENERATED_FILES))('%s is current (else: npm run generate)', async (path, render) => {
  const committed = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(committed === (await render())).toBe(true);
});

test('generating twice gives the same', async () => {
  for (const render of Object.values(GENERATED_FILES)) expect(await render()).toBe(await render());
});
