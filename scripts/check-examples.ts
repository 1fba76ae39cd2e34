import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installPython } from './install-python.ts';
import { startListening } from './listening-process.ts';

// Runs the examples that need no browser against the built server with the simulated Claude.

const execute = promisify(execFile);

/** What each must say: its last answer came from the simulated Claude, and, for Python, from the tool's result. */
const NODE_SAYS = /\[open\].*\[closed\].*simulated Claude.*\d+ tokens/s;
const PYTHON_SAYS = /simulated Claude.*\[\d+ tokens\].*\[bridge_length: Golden Gate\].*returned: 2737 m/s;

await using server = await startListening(process.execPath, ['dist/server/main.js'], process.cwd());
await run(process.execPath, ['--import', 'tsx', 'examples/node-stream.ts'], NODE_SAYS);
await using environment = await installPython();
if (environment.python === undefined) {
  process.stdout.write('examples/openai-python.py: PyPI not reached, left out\n');
} else {
  await run(environment.python, ['examples/openai-python.py'], PYTHON_SAYS);
}

async function run(command: string, parameters: string[], says: RegExp): Promise<void> {
  const env = { ...process.env, TRESTLE_URL: server.url };
  const { stdout, stderr } = await execute(command, parameters, { env, timeout: 60_000 });
  const name = parameters.at(-1)!;
  if (!says.test(stderr + stdout)) throw new Error(`${name} did not say ${says}:\n${stderr}${stdout}`);
  process.stdout.write(`${name}: ran\n`);
}
