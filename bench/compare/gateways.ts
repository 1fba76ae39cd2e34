import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { freePort } from '../processes.ts';
import { type Gateway, type Missing, UPSTREAM_KEY } from './gateway.ts';
import { MODELS } from './requests.ts';
import { startProcess } from './start-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLIENT_KEY = 'sk-compare';

/** Starts one gateway, or says why it can not. */
export type StartGateway = (claudeUrl: string) => Promise<Gateway | Missing>;

export const GATEWAYS: readonly StartGateway[] = [
  startTrestle,
  (claudeUrl) => startLiteLlm(claudeUrl, false),
  (claudeUrl) => startLiteLlm(claudeUrl, true),
  startPortkey,
];

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { version: string }).version;
}

async function startTrestle(claudeUrl: string): Promise<Gateway> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const running = await startProcess('trestle', {
    command: process.execPath,
    args: [`${ROOT}dist/server/main.js`],
    environment: {
      PORT: String(port),
      TRESTLE_API_KEYS: CLIENT_KEY,
      ANTHROPIC_API_KEY: UPSTREAM_KEY,
      ANTHROPIC_BASE_URL: claudeUrl,
    },
    readyUrl: `${origin}/healthz`,
  });
  return {
    ...running,
    name: `Trestle ${versionIn(ROOT)}`,
    configuration: 'defaults, with a key',
    url: `${origin}/v1`,
    headers: { authorization: `Bearer ${CLIENT_KEY}` },
    reasoningHeaders: {},
  };
}

async function startLiteLlm(claudeUrl: string, dropParams: boolean): Promise<Gateway | Missing> {
  const command = process.env['LITELLM'] ?? 'litellm';
  const mode = dropParams ? ', drop_params' : '';
  const version = versionOfLiteLlm(command);
  if (version === null) return { name: `LiteLLM${mode}`, reason: 'not installed (LITELLM names its command)' };
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = `${mkdtempSync(`${tmpdir()}/compare-`)}/config.yaml`;
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(liteLlmConfig(claudeUrl, dropParams), null, 2));
  const running = await startProcess(`litellm${dropParams ? '-drop' : ''}`, {
    command,
    args: ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--telemetry', 'False'],
    // The table of models that came with the package, instead of one fetched at each start.
    environment: { LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    readyUrl: `${origin}/health/liveliness`,
  });
  return {
    ...running,
    name: `LiteLLM ${version}${mode}`,
    configuration: dropParams ? 'proxy with a key, `drop_params: true`' : 'proxy with a key, all else default',
    url: `${origin}/v1`,
    headers: { authorization: `Bearer ${CLIENT_KEY}` },
    reasoningHeaders: {},
  };
}

function liteLlmConfig(claudeUrl: string, dropParams: boolean): object {
  return {
    model_list: Object.values(MODELS).map((model) => ({
      model_name: model,
      litellm_params: { model: `anthropic/${model}`, api_base: claudeUrl, api_key: UPSTREAM_KEY },
    })),
    general_settings: { master_key: CLIENT_KEY },
    ...(dropParams ? { litellm_settings: { drop_params: true } } : {}),
  };
}

function versionOfLiteLlm(command: string): string | null {
  try {
    const said = execFileSync(command, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /\d+\.\d+\.\d+\S*/.exec(said)?.[0] ?? 'of unknown version';
  } catch {
    return null;
  }
}

async function startPortkey(claudeUrl: string): Promise<Gateway | Missing> {
  const folder = `${ROOT}bench/portkey/node_modules/@portkey-ai/gateway`;
  const main = `${folder}/build/start-server.js`;
  if (!existsSync(main)) return { name: 'Portkey', reason: 'not installed (npm ci --prefix bench/portkey)' };
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const running = await startProcess('portkey', {
    command: process.execPath,
    args: [main, '--headless', `--port=${port}`],
    environment: {},
    readyUrl: origin,
  });
  return {
    ...running,
    name: `Portkey ${versionIn(folder)}`,
    configuration: 'defaults; for reasoning `x-portkey-strict-open-ai-compliance: false`, as its documentation asks',
    url: `${origin}/v1`,
    headers: {
      authorization: `Bearer ${UPSTREAM_KEY}`,
      'x-portkey-provider': 'anthropic',
      // In place of https://api.anthropic.com/v1.
      'x-portkey-custom-host': `${claudeUrl}/v1`,
    },
    reasoningHeaders: { 'x-portkey-strict-open-ai-compliance': 'false' },
  };
}
