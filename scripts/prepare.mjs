// Builds after an install in a clone, as `npm ci` does. Without the development packages there is no compiler.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (existsSync(`${root}/node_modules/typescript-7`)) {
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
} else if (!existsSync(`${root}/dist/server/main.js`)) {
  console.log('Trestle is not built: the compiler is a development package. Run `npm ci` before `npm ci --omit=dev`.');
}
