import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Entry {
  dev?: boolean;
  engines?: { node?: string };
  hasInstallScript?: boolean;
}
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };
const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
const installed = Object.entries(packages).filter(([path]) => path !== '');

test('no package that an installation needs runs a script, and others run none unasked', () => {
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(withScript.filter(([, { dev }]) => dev !== true).map(([path]) => path)).toEqual([]);
  const names = withScript.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(names.filter((name) => allowScripts[name] === undefined)).toEqual([]);
});

test('no package asks for a newer Node than the project does', () => {
  const newer = installed.filter(([, { engines }]) =>
    /^\s*>=?\s*(20\.(19\.[1-9]|[2-9]\d)|2[1-9])/.test(engines?.node ?? ''),
  );
  expect(newer.map(([path]) => path)).toEqual([]);
});
