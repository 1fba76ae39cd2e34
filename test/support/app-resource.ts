import { Writable } from 'node:stream';
import { type App, createApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createLog } from '../../server/telemetry/request-log.ts';
import { type FakeClaude, startFakeClaude } from './fake-claude.ts';

export interface AppOptions {
  /** A fake of the test's own; the app does not close it. */
  fake?: FakeClaude;
  /** Over the defaults of the tests. */
  environment?: Record<string, string>;
  /** Adds routes of the test's own. */
  prepare?: (app: App) => void;
}

/** A running server with a fake Claude behind it. */
export interface AppResource extends AsyncDisposable {
  url: string;
  app: App;
  fake: FakeClaude;
  /** The key that clients present. */
  apiKey: string;
  /** The log's lines so far; none unless the environment sets LOG_LEVEL. */
  logs: Record<string, unknown>[];
}

const API_KEY = 'test-key';

export async function startApp({ fake: given, environment = {}, prepare }: AppOptions = {}): Promise<AppResource> {
  const fake = given ?? (await startFakeClaude());
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    ANTHROPIC_API_KEY: 'test-upstream-key',
    ANTHROPIC_BASE_URL: fake.url,
    TRESTLE_API_KEYS: API_KEY,
    LOG_LEVEL: 'silent',
    ...environment,
  });
  const logs: AppResource['logs'] = [];
  const destination = new Writable({
    write(lines: Buffer, _encoding, done) {
      for (const line of lines.toString().trimEnd().split('\n')) logs.push(JSON.parse(line) as Record<string, unknown>);
      done();
    },
  });
  const log = await createLog({ level: config.logLevel, pretty: false, destination });
  const app = await createApp({ config, claude: config.anthropic!, log, demo: false });
  prepare?.(app);
  return {
    url: await app.listen(),
    app,
    fake,
    apiKey: API_KEY,
    logs,
    async [Symbol.asyncDispose]() {
      await app.stop(0);
      if (!given) await fake[Symbol.asyncDispose]();
    },
  };
}
