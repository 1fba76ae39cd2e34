import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { HELLO, postChat } from '../support/rest-request.ts';
import { words } from '../support/word-stream.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function start(
  args: string[],
  environment: Record<string, string> = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const {
    TRESTLE_URL: _url,
    TRESTLE_API_KEY: _key,
    TRESTLE_ADMIN_KEY: _admin,
    ANTHROPIC_API_KEY: _upstream,
    ...rest
  } = process.env;
  return spawn(process.execPath, ['--import', 'tsx', 'client/cli.ts', ...args], {
    cwd: root,
    env: { ...rest, ...environment },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

async function run(args: string[], environment?: Record<string, string>, piped?: string) {
  const child = start(args, environment, piped === undefined ? 'ignore' : 'pipe');
  child.stdin?.end(piped);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { stdout, stderr, code: code as number | null };
}

test('chat streams the answer to stdout and ends', async () => {
  await using app = await startApp();
  const environment = { TRESTLE_URL: app.url, TRESTLE_API_KEY: app.apiKey };
  expect(await run(['chat', 'hello', '--model', 'claude-sonnet-4-6'], environment)).toEqual({
    stdout: 'Hello! How can I help you today?\n',
    stderr: '',
    code: 0,
  });
  expect(app.fake.requests.at(-1)?.body).toMatchObject({
    model: 'claude-sonnet-4-6',
    messages: [{ role: 'user', content: 'hello' }],
  });
});

test.each([
  ['goes behind the message', ['review this'], 'diff --git\n+ü\n', 'review this\n\ndiff --git\n+ü\n'],
  ['is the message where there is no other', [], 'hello', 'hello'],
  ['may be empty beside a message', ['hello'], '', 'hello'],
])('what is piped %s', async (_what, words, piped, expected) => {
  await using app = await startApp();
  const { code } = await run(['chat', ...words, '--url', app.url, '--key', app.apiKey], {}, piped);
  expect(code).toBe(0);
  expect(app.fake.requests.at(-1)?.body).toMatchObject({ messages: [{ role: 'user', content: expected }] });
});

test('usage says what was spent, as a table and as JSON', async () => {
  await using app = await startApp({ environment: { TRESTLE_ADMIN_KEY: 'admin-key' } });
  const usage = { input_tokens: 1000, output_tokens: 10 };
  for (const model of ['claude-haiku-4-5', 'claude-opus-5-5', 'claude-mythos-preview']) {
    app.fake.reply({ message: { model, content: [{ type: 'text', text: 'Hi' }], usage } });
    await run(['chat', 'hello', '--model', model, '--url', app.url, '--key', app.apiKey]);
  }
  const environment = { TRESTLE_URL: app.url, TRESTLE_ADMIN_KEY: 'admin-key' };
  const { stdout, code } = await run(['usage', '--by', 'model'], environment);
  expect([code, stdout]).toEqual([
    0,
    `model                  calls  input  cached  output  US$
claude-opus-5-5            1   1000       0      10  0.004200
claude-haiku-4-5           1   1000       0      10  0.001050
claude-mythos-preview      1   1000       0      10  0.000000 + 1 calls without a price
`,
  ]);
  const json = await run(['usage', '--json', '--since', '2w'], environment);
  expect((JSON.parse(json.stdout) as { key: string; dollars: number }[]).map(({ dollars }) => dollars)).toEqual([
    0.0042, 0.00105, 0,
  ]);
  expect(await run(['usage', '--since', 'monday'], environment)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('since monday') as string,
  });
});

test('keys are made, listed, rotated and revoked, each in a project', async () => {
  await using app = await startApp({ environment: { TRESTLE_API_KEYS: '', TRESTLE_ADMIN_KEY: 'admin-key' } });
  const environment = { TRESTLE_URL: app.url, TRESTLE_ADMIN_KEY: 'admin-key' };
  const ask = async (...words: string[]): Promise<string> => (await run(words, environment)).stdout;
  const chat = async (apiKey: string): Promise<number> => (await postChat({ url: app.url, apiKey }, HELLO)).status;
  expect(await ask('projects', 'create', 'web')).toMatch(/^id +name +status +created\nproj_\w+ +web +active +\d{4}-/);
  const made = await ask('keys', 'create', '--project', 'web', '--name', 'production', '--expires', '90d');
  const [, value, id] = /^(sk-trestle-\S+)\n\n(key_\w+) is shown this once/.exec(made)!;
  const listed = await ask('keys', 'list', '--project', 'web');
  expect(listed).toMatch(new RegExp(`${id} +production +sk-trestle-.{4}\\.\\.\\..{4} +all +never +\\d{4}-`));
  expect(await chat(value!)).toBe(200);
  const rotated = JSON.parse(await ask('keys', 'rotate', id!, '--project', 'web', '--grace', '0s', '--json')) as {
    value: string;
  };
  expect([await chat(value!), await chat(rotated.value)]).toEqual([401, 200]);
  expect(await ask('keys', 'revoke', id!, '--project', 'web')).toBe(`${id} is revoked.\n`);
  expect(await chat(rotated.value)).toBe(401);
  expect(await ask('keys', '--project', 'web')).toBe('There are no keys.\n');
  expect(await ask('usage', '--by', 'project')).toMatch(/^project +calls .*\nproj_\w+ +2 /);
});

test.each([
  [
    ['keys', 'create', '--project', 'jobs', '--name', 'x'],
    /no project "jobs"; make it with: trestle projects create jobs/,
  ],
  [['keys', 'create'], /a key needs a name: --name/],
  [['keys', 'create', '--name', 'x', '--expires', 'soon'], /--expires soon: expected a number/],
  [['keys', 'revoke', 'key_x'], /There is no API key 'key_x'/],
  [['projects', 'create'], /a project needs a name/],
])('%j is refused in words that say what to do', async (words, message) => {
  await using app = await startApp({ environment: { TRESTLE_ADMIN_KEY: 'admin-key' } });
  const { code, stderr } = await run(words, { TRESTLE_URL: app.url, TRESTLE_ADMIN_KEY: 'admin-key' });
  expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
});

test.each([
  [['usage'], {}, /needs the admin key/],
  [['keys'], {}, /needs the admin key/],
  [['usage', '--by', 'colour'], { TRESTLE_ADMIN_KEY: 'x' }, /--by colour/],
  [['usage', '--url', 'http://127.0.0.1:65533'], { TRESTLE_ADMIN_KEY: 'x' }, /65533/],
])('%j is refused in words that name the mistake', async (words, environment, message) => {
  const { code, stderr } = await run(words, environment);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

test('nothing piped and no message is a mistake', async () => {
  expect(await run(['chat'], {}, '')).toMatchObject({ stderr: 'trestle: chat needs a message\n', code: 1 });
});

test('a reader that goes first ends the answer at Claude, without a word', async () => {
  await using app = await startApp();
  let leave = (): void => {};
  const gone = new Promise<void>((resolve) => (leave = resolve));
  const never = new Promise<void>(() => {});
  // Some words before the reader goes, some that nobody takes, and no end.
  app.fake.reply({ events: words(300, (index) => (index < 100 ? undefined : index < 200 ? gone : never)) });
  const child = start(['chat', 'hello', '--url', app.url, '--key', app.apiKey]);
  const ended = Promise.all([text(child.stderr!), once(child, 'exit')]);
  const upstream = await app.fake.waitForRequest();
  await once(child.stdout!, 'data');
  await once(child.stdout!.destroy(), 'close');
  leave();
  const [stderr, [code]] = await ended;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await upstream.closed;
  expect(upstream.finished).toBe(false);
});

test('a failure is one line on stderr and exit code 1', async () => {
  await using app = await startApp();
  const { stdout, stderr, code } = await run(['chat', 'hello', '--url', app.url, '--key', 'wrong']);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^trestle: Incorrect API key provided.* \(401, invalid_api_key, req_\w+\)\n$/);
  expect(code).toBe(1);
});

test('a server that is not there is said so, without hanging', async () => {
  const { stderr, code } = await run(['chat', 'hello', '--url', 'http://127.0.0.1:1']);
  expect(stderr).toMatch(/^trestle: .*ECONNREFUSED.*\n$/);
  expect(code).toBe(1);
});

test('an interrupt cancels the answer', async () => {
  await using app = await startApp();
  app.fake.reply({ hang: true });
  const child = start(['chat', 'hello', '--url', app.url, '--key', app.apiKey]);
  const exit = once(child, 'exit');
  const upstream = await app.fake.waitForRequest();
  child.kill('SIGINT');
  expect(await exit).toEqual([130, null]);
  await upstream.closed;
  expect(upstream.finished).toBe(false);
});

test.each([
  [['--help'], 0, 'stdout', /trestle chat "hello"/],
  [['--version'], 0, 'stdout', /^\d+\.\d+\.\d+\n$/],
  [[], 1, 'stderr', /^Usage:/],
  [['dance'], 1, 'stderr', /^trestle: there is no command "dance"/],
  [['chat'], 1, 'stderr', /^trestle: chat needs a message/],
  [['chat', 'hello', '--colour'], 1, 'stderr', /^trestle: Unknown option '--colour'/],
] as const)('trestle %j exits with %i', async (args, expected, stream, pattern) => {
  const result = await run([...args]);
  expect(result[stream]).toMatch(pattern);
  expect(result.code).toBe(expected);
});

test('serve warns of the key of the command, which keeps nobody out', async () => {
  const child = start(['serve'], {
    HOST: '127.0.0.1',
    PORT: '0',
    TRESTLE_API_KEYS: '',
    TRESTLE_API_KEY: 'mine',
    TRESTLE_DRAIN_DELAY_MS: '0',
  });
  const exit = once(child, 'exit');
  let output = '';
  child.stdout!.on('data', (piece: Buffer) => (output += piece.toString()));
  await eventually(() => expect(output).toContain('listening'));
  child.kill('SIGTERM');
  await exit;
  expect(output).toMatch(/"level":40.*TRESTLE_API_KEY is .* in TRESTLE_API_KEYS/);
});

test('serve starts the server', async () => {
  const child = start(['serve'], {
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
    TRESTLE_API_KEYS: '',
    TRESTLE_DRAIN_DELAY_MS: '0',
  });
  const exit = once(child, 'exit');
  let output = '';
  child.stdout!.on('data', (piece: Buffer) => (output += piece.toString()));
  const [, url] = await eventually(() => /listening on (http:[^" ]+)/.exec(output) ?? expect.fail(output));

  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', demo: true });
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});
