import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { z } from 'zod';

const DEFAULT_BODY_LIMIT = 32 * 1024 * 1024;
const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/;

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );
const integer = (fallback: number, minimum: number, maximum = 2 ** 31 - 1) =>
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
    .default(fallback);
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'], { error: 'expected true or false' })
    .transform((text) => text === 'true' || text === '1')
    .default(fallback);
const aliases = z.string().transform((text, context): Record<string, string> => {
  const parsed = z.record(z.string(), z.string().min(1)).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue('expected a JSON object of strings, e.g. {"gpt-4o":"claude-sonnet-5-5"}');
  return z.NEVER;
});
const url = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });
/** A secret in a header. Files and clouds' settings often put a line break behind it. */
const secret = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/, 'expected plain characters without spaces or line breaks');
const origins = list.pipe(
  z.array(
    z.string().refine((entry) => entry === '*' || (URL.canParse(entry) && new URL(entry).origin === entry), {
      error: 'expected origins such as https://app.example.com: a scheme and a host, no path and no slash behind it',
    }),
  ),
);
const STORAGE = /^(?:off|memory|sqlite:(.+))$/;
/** As hex. */
const storageKey = z
  .string()
  .trim()
  .transform((text) => Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64').toString('hex'))
  .refine((hex) => hex.length === 64, {
    error: 'expected 32 bytes in hex or base64, such as `openssl rand -hex 32` gives',
  });
const baseUrl = url
  .transform((text) => text.replace(/\/+$/, ''))
  .refine((text) => !text.endsWith('/v1'), { error: 'expected the address without /v1, which is added to it' });

/** Environment variables by name; the defaults and meanings are in docs/configuration.md. */
const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(8787, 0, 65_535),
  NODE_ENV: z.string().optional(),
  ANTHROPIC_API_KEY: secret.optional(),
  ANTHROPIC_AUTH_TOKEN: secret.optional(),
  ANTHROPIC_BASE_URL: baseUrl.default('https://api.anthropic.com'),
  TRESTLE_API_KEYS: list.pipe(z.array(secret)),
  TRESTLE_DEMO: flag(false),
  TRESTLE_PUBLIC_URL: url.transform((text) => new URL(text)).optional(),
  TRESTLE_MODEL_ALIASES: aliases.default({}),
  TRESTLE_STRICT: flag(false),
  TRESTLE_UPSTREAM_TIMEOUT_MS: integer(600_000, 1),
  TRESTLE_IDLE_TIMEOUT_MS: integer(120_000, 1),
  TRESTLE_MAX_RETRIES: integer(2, 0, 10),
  TRESTLE_BODY_LIMIT: integer(DEFAULT_BODY_LIMIT, 1),
  TRESTLE_CORS_ORIGINS: origins,
  TRESTLE_DRAIN_TIMEOUT_MS: integer(30_000, 0),
  // Three checks of HAProxy, which come every two seconds, and less than the ten seconds that `docker stop` waits.
  TRESTLE_DRAIN_DELAY_MS: integer(7000, 0),
  // Below the idle limits of common proxies and platforms, the shortest of which is 30 s.
  TRESTLE_WHOLE_ANSWER_HOLD_MS: integer(25_000, 0),
  TRESTLE_JOIN_RETRIES: flag(true),
  TRESTLE_PROMPT_CACHING: flag(true),
  TRESTLE_RESUME_GRACE_MS: integer(30_000, 0),
  TRESTLE_REPLAY_KEEP_MS: integer(60_000, 0),
  TRESTLE_REPLAY_BYTES: integer(1024 * 1024, 1024),
  TRESTLE_REPLAY_TOTAL_BYTES: integer(256 * 1024 * 1024, 1024),
  TRESTLE_STALL_TIMEOUT_MS: integer(30_000, 1),
  TRESTLE_MAX_SOCKETS: integer(10_000, 1),
  TRESTLE_MAX_SUBSCRIPTIONS: integer(100, 1, 10_000),
  TRESTLE_RESPONSES_WEBSOCKET: flag(true),
  TRESTLE_PRICES: z.string().min(1).optional(),
  TRESTLE_STORAGE: z.string().regex(STORAGE, 'expected memory, off or sqlite:<path>').default('memory'),
  TRESTLE_STORAGE_DAYS: integer(30, 1, 36_500),
  TRESTLE_STORAGE_KEY: storageKey.optional(),
  TRESTLE_LEDGER_DAYS: integer(400, 1, 36_500),
  TRESTLE_ADMIN_KEY: secret.optional(),
  TRESTLE_WORKERS: z
    .string()
    .regex(/^(auto|[1-9]\d{0,2})$/, 'expected a number from 1 to 999, or auto')
    .transform((text) => (text === 'auto' ? availableParallelism() : Number(text)))
    .default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** A key that clients present, by its SHA-256. */
export interface ClientKey {
  /** Its hash. */
  id: string;
  /** The first 8 digits of it, for the log. */
  fingerprint: string;
}

/** Where things are stored. Plain JSON, which is handed from process to process. */
export interface StorageSettings {
  place: { path: string } | 'memory';
  /** Whether anything that was asked or answered is stored; whose a batch is always is. */
  contents: boolean;
  /** How long a document is kept. */
  days: number;
  /** How long is kept what calls cost. */
  ledgerDays: number;
  /** What a file is encrypted with: 32 bytes in hex. */
  key?: string | undefined;
  /** Maximum bytes of a file's documents, about; the oldest ones make room. Left out, there is no limit. */
  maxBytes?: number | undefined;
}

export interface Config {
  host: string;
  port: number;
  /** Where callers reach the server, when a proxy stands before it. */
  publicUrl: URL | undefined;
  /** Credentials for Claude; null runs the simulated Claude. */
  anthropic: { baseUrl: string; authorization: { apiKey: string } | { authToken: string } } | null;
  /** Where there are none, and none in the storage, the server is open to everyone who can reach it on loopback. */
  keys: ClientKey[];
  /** Nobody reaches the server from elsewhere. */
  isLoopback: boolean;
  /** Opens the admin side, and nothing else. */
  adminKey: ClientKey | undefined;
  modelAliases: Record<string, string>;
  strict: boolean;
  upstreamTimeoutMs: number;
  idleTimeoutMs: number;
  maxRetries: number;
  bodyLimit: number;
  corsOrigins: string[];
  drainTimeoutMs: number;
  /** How long a server that is to stop still takes calls while it says that it is not ready; part of `drainTimeoutMs`. */
  drainDelayMs: number;
  /** How long a whole answer over REST may take before its headers and white space go out; 0 never sends them. */
  wholeAnswerHoldMs: number;
  /** Answer a request that its client says is a retry with the answer that still runs. */
  joinRetries: boolean;
  /** Mark the stable prefix of requests for Claude's cache. */
  promptCaching: boolean;
  /** How long a streamed answer goes on without a reader, how long it can be read afterwards, and how much of it is kept. */
  replay: { graceMs: number; keepMs: number; replayBytes: number; totalBytes: number };
  /** How long a reader may take nothing before it is dropped. */
  stallTimeoutMs: number;
  /** WebSockets at a time. */
  maxSockets: number;
  /** Streams that one socket carries at a time. */
  maxSubscriptions: number;
  /** Whether `/v1/responses` takes WebSockets. */
  responsesWebSocket: boolean;
  /** A file of prices that win over the built-in ones. */
  pricesFile: string | undefined;
  storage: StorageSettings;
  /** Processes that answer. */
  workers: number;
  logLevel: string;
}

/** Thrown with one message that names every variable at fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the configuration; an empty variable counts as unset. Throws {@link ConfigError}. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(set);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path[0]!.toString()}: ${issue.message}`);

  const keys = list.parse(set['TRESTLE_API_KEYS']);
  if (set['TRESTLE_ADMIN_KEY'] !== undefined && keys.includes(set['TRESTLE_ADMIN_KEY'].trim()))
    faults.push(
      'TRESTLE_ADMIN_KEY: it is one of TRESTLE_API_KEYS, whose holder would have the admin side. Set another one',
    );
  const host = set['HOST'] ?? '127.0.0.1';
  if (keys.length === 0 && set['TRESTLE_ADMIN_KEY'] === undefined && !LOOPBACK.test(host)) {
    faults.push(
      `TRESTLE_API_KEYS: needed when HOST is ${host}: without keys anyone who reaches the port spends your Claude credits. ` +
        'Set at least one key, or TRESTLE_ADMIN_KEY to make keys with, or set HOST to 127.0.0.1',
    );
  }
  if (parsed.success && mayNotSimulate(parsed.data)) {
    faults.push(
      'ANTHROPIC_API_KEY: needed, or ANTHROPIC_AUTH_TOKEN. Without either Claude is simulated, which happens by itself ' +
        'only on a loopback HOST, without TRESTLE_API_KEYS and outside of NODE_ENV=production. To simulate it all the ' +
        'same, set TRESTLE_DEMO=true',
    );
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(
      `Trestle can't start, the configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
  }

  const env = parsed.data;
  return {
    host: env.HOST,
    publicUrl: env.TRESTLE_PUBLIC_URL,
    port: env.PORT,
    anthropic: anthropicOf(env),
    keys: keys.map(toClientKey),
    isLoopback: LOOPBACK.test(env.HOST),
    adminKey: env.TRESTLE_ADMIN_KEY === undefined ? undefined : toClientKey(env.TRESTLE_ADMIN_KEY),
    modelAliases: env.TRESTLE_MODEL_ALIASES,
    strict: env.TRESTLE_STRICT,
    upstreamTimeoutMs: env.TRESTLE_UPSTREAM_TIMEOUT_MS,
    idleTimeoutMs: env.TRESTLE_IDLE_TIMEOUT_MS,
    maxRetries: env.TRESTLE_MAX_RETRIES,
    bodyLimit: env.TRESTLE_BODY_LIMIT,
    corsOrigins: env.TRESTLE_CORS_ORIGINS,
    drainTimeoutMs: env.TRESTLE_DRAIN_TIMEOUT_MS,
    drainDelayMs: env.TRESTLE_DRAIN_DELAY_MS,
    wholeAnswerHoldMs: env.TRESTLE_WHOLE_ANSWER_HOLD_MS,
    joinRetries: env.TRESTLE_JOIN_RETRIES,
    promptCaching: env.TRESTLE_PROMPT_CACHING,
    replay: {
      graceMs: env.TRESTLE_RESUME_GRACE_MS,
      keepMs: env.TRESTLE_REPLAY_KEEP_MS,
      replayBytes: env.TRESTLE_REPLAY_BYTES,
      totalBytes: env.TRESTLE_REPLAY_TOTAL_BYTES,
    },
    stallTimeoutMs: env.TRESTLE_STALL_TIMEOUT_MS,
    maxSockets: env.TRESTLE_MAX_SOCKETS,
    maxSubscriptions: env.TRESTLE_MAX_SUBSCRIPTIONS,
    responsesWebSocket: env.TRESTLE_RESPONSES_WEBSOCKET,
    pricesFile: env.TRESTLE_PRICES,
    storage: {
      place: toStoragePlace(env.TRESTLE_STORAGE),
      contents: env.TRESTLE_STORAGE !== 'off',
      days: env.TRESTLE_STORAGE_DAYS,
      ledgerDays: env.TRESTLE_LEDGER_DAYS,
      key: env.TRESTLE_STORAGE_KEY,
    },
    workers: env.TRESTLE_WORKERS,
    logLevel: env.LOG_LEVEL,
  };
}

/** Invented answers must never take the place of Claude's because a secret got lost. */
function mayNotSimulate(env: z.infer<typeof Environment>): boolean {
  if (env.TRESTLE_DEMO || anthropicOf(env) !== null) return false;
  return env.TRESTLE_API_KEYS.length > 0 || env.NODE_ENV === 'production' || !LOOPBACK.test(env.HOST);
}

function toStoragePlace(setting: string): StorageSettings['place'] {
  const path = STORAGE.exec(setting)?.[1];
  return path === undefined ? 'memory' : { path };
}

/** SHA-256 in hex, so that keys of any length compare in the same time. */
export function hashKey(key: string): string {
  return hash('sha256', key);
}

function toClientKey(key: string): ClientKey {
  const id = hashKey(key);
  return { id, fingerprint: id.slice(0, 8) };
}

function anthropicOf(env: z.infer<typeof Environment>): Config['anthropic'] {
  if (env.TRESTLE_DEMO) return null;
  const baseUrl = env.ANTHROPIC_BASE_URL;
  if (env.ANTHROPIC_API_KEY !== undefined) return { baseUrl, authorization: { apiKey: env.ANTHROPIC_API_KEY } };
  if (env.ANTHROPIC_AUTH_TOKEN !== undefined)
    return { baseUrl, authorization: { authToken: env.ANTHROPIC_AUTH_TOKEN } };
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
