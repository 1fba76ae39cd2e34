#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { chat } from './cli/chat-command.ts';
import { keys } from './cli/keys-command.ts';
import { readPipedText } from './cli/piped-text.ts';
import { projects } from './cli/projects-command.ts';
import { usage } from './cli/usage-command.ts';

const USAGE = `Usage:
  trestle chat "hello" [--model id] [--url http://127.0.0.1:8787] [--key KEY]
      Streams an answer to the terminal. TRESTLE_URL and TRESTLE_API_KEY stand in for --url and --key.
      What is piped to it goes behind the message: git diff | trestle chat "review this"
  trestle usage [--by project,key,model] [--since 7d] [--json] [--url …] [--admin-key KEY]
      Says what was spent. TRESTLE_ADMIN_KEY stands in for --admin-key, here and in what follows.
  trestle projects [list | create NAME | archive ID] [--json]
      The teams of a server.
  trestle keys [list | create | rotate ID | revoke ID] [--project web] [--name production] [--models a,b]
               [--expires 90d] [--grace 1d] [--json]
      The API keys of a project, by its name or id. A new key is shown once.
  trestle serve [--workers N]
      Starts the server; it is configured by environment variables. --workers stands in for TRESTLE_WORKERS.
  trestle --help | --version
`;

async function run(): Promise<void> {
  const { values, positionals } = readArguments();
  const [command, ...rest] = positionals;
  if (values.version) {
    // oxlint-disable-next-line no-restricted-imports -- the command is not part of what a browser loads
    const { VERSION } = await import('../server/version.ts');
    process.stdout.write(`${VERSION}\n`);
  } else if (values.help || command === undefined) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    process.exitCode = values.help ? 0 : 1;
  } else if (command === 'serve') {
    await import('../server/main.ts');
  } else if (command === 'chat') {
    const message = [rest.join(' '), await readPipedText()].filter((text) => text.trim() !== '').join('\n\n');
    if (message === '') throw new Error('chat needs a message');
    await chat(message, values);
  } else if (command === 'usage') {
    await usage({ ...values, adminKey: values['admin-key'] });
  } else if (command === 'projects') {
    await projects(rest, { ...values, adminKey: values['admin-key'] });
  } else if (command === 'keys') {
    await keys(rest, { ...values, adminKey: values['admin-key'] });
  } else {
    throw new Error(`there is no command "${command}"; see trestle --help`);
  }
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'claude-sonnet-5-5' },
      url: { type: 'string', default: process.env['TRESTLE_URL'] || 'http://127.0.0.1:8787' },
      key: { type: 'string', default: process.env['TRESTLE_API_KEY'] ?? '' },
      'admin-key': { type: 'string', default: process.env['TRESTLE_ADMIN_KEY'] ?? '' },
      by: { type: 'string', default: 'key,model' },
      since: { type: 'string', default: '7d' },
      json: { type: 'boolean', default: false },
      project: { type: 'string', default: 'default' },
      name: { type: 'string', default: '' },
      models: { type: 'string', default: '' },
      expires: { type: 'string', default: '' },
      grace: { type: 'string', default: '1d' },
      // Read by the server itself.
      workers: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
    },
  });
}

try {
  await run();
} catch (thrown) {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  process.stderr.write(`trestle: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = 1;
}
