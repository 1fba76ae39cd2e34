// Says what to do where `npm start` would end with a module that is not found.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/server/main.js', import.meta.url))) {
  console.error('Trestle is not built. Run `npm ci`, which builds it, or `npm run build` after that.');
  process.exitCode = 1;
}
