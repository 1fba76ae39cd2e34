import { parseArgs } from 'node:util';
import { type Config, ConfigError, readConfig } from './config.ts';
import type { RunningServer, StartOptions } from './process/running-server.ts';
import { StartError } from './process/start-error.ts';
import { createLog } from './telemetry/request-log.ts';

const USAGE = `Usage: npm start -- [--workers N]
  --workers N  processes that answer, or "auto" for one for each core; in place of TRESTLE_WORKERS
  --help       this text
All else is configured by environment variables; docs/configuration.md has them.
`;

/** Starts the server and stops it on SIGTERM or SIGINT. Exits with 1 when it can't start. */
export async function main(): Promise<void> {
  const config = readSettings();
  if (config === undefined) return;
  const log = await createLog({ level: config.logLevel, pretty: process.stdout.isTTY });
  const { logger, output } = log;
  const simulated = config.anthropic === null ? await startSimulation() : undefined;
  const claude = config.anthropic ?? { baseUrl: simulated!.url, authorization: { apiKey: 'simulated' } };

  let server: RunningServer;
  try {
    server = await start({ config, claude, log, demo: simulated !== undefined });
  } catch (thrown) {
    await simulated?.close();
    if (!(thrown instanceof StartError) && !(thrown instanceof ConfigError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    process.exitCode = 1;
    return;
  }
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal, of either kind, is a person who does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal, running: server.running() }, 'stopping: running calls may finish');
    // SIGTERM is sent by what runs servers, SIGINT by a person at a terminal.
    void server
      .stop(signal === 'SIGTERM')
      .then(() => simulated?.close())
      .then(() => output?.close());
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  if (config.keys.length === 0 && config.corsOrigins.includes('*')) {
    logger.warn('TRESTLE_CORS_ORIGINS is * and there are no keys: every page in a browser here may spend your credits');
  }
  if (process.env['TRESTLE_API_KEY'] && config.keys.length === 0) {
    logger.warn(
      'TRESTLE_API_KEY is the key that the command `trestle chat` presents, and nothing to the server, which is open: ' +
        'the keys that it takes are in TRESTLE_API_KEYS',
    );
  }
  // Said last: whoever waits for this line may stop the process right after it.
  const { url } = server;
  const workers = config.workers === 1 ? undefined : config.workers;
  logger.info({ url, pid: process.pid, demo: simulated !== undefined, workers }, `Trestle is listening on ${url}`);
  if (simulated) (output ?? process.stdout).write(banner(url));
}

/** Undefined when there is nothing to start, and all is said. */
function readSettings(): Config | undefined {
  try {
    const { values } = parseArgs({
      // `trestle serve` has its own first word.
      allowPositionals: true,
      options: { workers: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (!values.help) return readConfig({ ...process.env, ...(values.workers && { TRESTLE_WORKERS: values.workers }) });
    process.stdout.write(USAGE);
  } catch (thrown) {
    const isUsage = thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS');
    if (!(thrown instanceof ConfigError) && !isUsage) throw thrown;
    process.stderr.write(isUsage ? `${thrown.message}\n\n${USAGE}` : `${thrown.message}\n`);
    process.exitCode = 1;
  }
  return undefined;
}

/** What the other way of running needs is never loaded. */
async function start(options: StartOptions): Promise<RunningServer> {
  if (options.config.workers > 1) {
    const { startWorkers } = await import('./cluster/primary.ts');
    return startWorkers(options);
  }
  const { startSingleProcess } = await import('./process/single-process.ts');
  return startSingleProcess(options);
}

async function startSimulation(): Promise<{ url: string; close(): Promise<void> }> {
  const { startSimulatedClaude } = await import('./demo/simulated-claude.ts');
  return startSimulatedClaude();
}

function banner(url: string): string {
  return [
    '',
    '  No Anthropic key is set, so Trestle answers with a SIMULATED Claude.',
    '  Set ANTHROPIC_API_KEY and start again to talk to the real one.',
    '',
    `  curl ${url}/v1/chat/completions -H 'content-type: application/json' \\`,
    `    -d '{"model":"claude-sonnet-5-5","messages":[{"role":"user","content":"Hello!"}]}'`,
    '',
    `  Reference: ${url}/docs`,
    '',
    '',
  ].join('\n');
}

await main();
