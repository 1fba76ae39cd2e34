import { createApp } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createLogger } from './request-log.ts';

/** Starts the server and stops it on SIGTERM or SIGINT. Exits with 1 when it can't start. */
export async function main(): Promise<void> {
  let config: Config;
  try {
    config = readConfig();
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    process.exitCode = 1;
    return;
  }

  const logger = await createLogger({ level: config.logLevel, pretty: process.stdout.isTTY });
  const simulated = config.anthropic === null ? await startSimulation() : undefined;
  const claude = config.anthropic ?? { baseUrl: simulated!.url, authorization: { apiKey: 'simulated' } };
  const app = await createApp({ config, claude, logger, demo: simulated !== undefined });

  let url: string;
  try {
    url = await app.listen();
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
    process.stderr.write(`Trestle can't listen on ${config.host}:${config.port}: ${String(code)}\n`);
    await Promise.all([app.stop(0), simulated?.close()]);
    process.exitCode = 1;
    return;
  }
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal, of either kind, is a person who does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal, running: app.services.lifecycle.size }, 'stopping: running calls may finish');
    void app.stop().then(() => simulated?.close());
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  // Said last: whoever waits for this line may stop the process right after it.
  logger.info({ url, demo: simulated !== undefined }, `Trestle is listening on ${url}`);
  if (simulated) process.stdout.write(banner(url));
  void app.services.catalogue.warm();
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
