import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The package's version. Sources and the build lie at different depths, so the package is asked for by name. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return (require(path) as { version: string }).version;
    } catch {
      // Not at this depth.
    }
  }
  return '0.0.0';
}
