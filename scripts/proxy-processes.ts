import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** How each proxy is run with the configuration that docs/proxies.md has for it. */
interface Proxy {
  /** The name of the block in the document. */
  language: string;
  command: string;
  /** What is needed around the documented configuration to run it as a process of its own. */
  whole: (documented: string, folder: string) => string;
  arguments: (file: string) => string[];
}

const APACHE_MODULES =
  'mpm_event authz_core ssl socache_shmcb proxy proxy_http proxy_wstunnel proxy_balancer lbmethod_byrequests slotmem_shm';

export const PROXIES: Record<string, Proxy> = {
  nginx: {
    language: 'nginx',
    command: 'nginx',
    whole: (documented, folder) =>
      `daemon off; pid ${folder}/pid; error_log stderr; events {} http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};\n${documented}}`,
    arguments: (file) => ['-c', file],
  },
  haproxy: {
    language: 'haproxy',
    command: 'haproxy',
    whole: (documented) => documented,
    arguments: (file) => ['-db', '-f', file],
  },
  caddy: {
    language: 'caddyfile',
    command: 'caddy',
    whole: (documented) => `{\n admin off\n auto_https off\n}\n${documented}`,
    arguments: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  apache: {
    language: 'apache',
    command: 'apache2',
    whole: (documented, folder) =>
      [
        ...APACHE_MODULES.split(' ').map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
        `ServerRoot ${folder}`,
        `PidFile ${folder}/pid`,
        `DefaultRuntimeDir ${folder}`,
        `ErrorLog ${folder}/error.log`,
        'ServerName 127.0.0.1',
        'User www-data',
        'Group www-data',
        documented.replace(/^<VirtualHost \*:(\d+)>/m, 'Listen $1\n$&'),
      ].join('\n'),
    arguments: (file) => ['-D', 'FOREGROUND', '-f', file],
  },
};

export function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs a proxy in front of two servers, with TLS. Resolves once it listens. */
export async function startProxy(
  { language, command, whole, arguments: parameters }: Proxy,
  servers: readonly [number, number],
  folder: string,
): Promise<AsyncDisposable & { url: string }> {
  const port = await freePort();
  const certificate = makeCertificate(folder);
  const document = readFileSync(new URL('../docs/proxies.md', import.meta.url), 'utf8');
  const [, documented] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(document)!;
  const file = join(folder, `${language}.conf`);
  const configuration = documented!
    .replaceAll('/etc/ssl/example.com', certificate)
    .replaceAll('8787', String(servers[0]))
    .replaceAll('8788', String(servers[1]))
    .replaceAll(/\b443\b/g, String(port))
    .replace(/^example\.com \{/m, `https://127.0.0.1:${port} {`);
  await writeFile(file, whole(configuration, folder));
  const child = spawn(command, parameters(file), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
  const exited = once(child, 'exit');
  for (let tries = 0; !(await listens(port)); tries += 1) {
    if (child.exitCode !== null || tries > 100) throw new Error(`${command} does not start:\n${said}`);
    await wait(100);
  }
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export interface TrestleProcess extends AsyncDisposable {
  /** Sends SIGTERM. */
  stop(): void;
  exited: Promise<unknown>;
}

/** A server in a process of its own, with these variables alone. Resolves once it listens. */
export async function startTrestle(port: number, environment: Record<string, string>): Promise<TrestleProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    env: { PATH: process.env['PATH'], PORT: String(port), LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error('The server ended before it listened');
    await wait(100);
  }
  return {
    stop: () => void child.kill('SIGTERM'),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function makeCertificate(folder: string): string {
  const name = join(folder, 'certificate');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files], {
    stdio: 'ignore',
  });
  execFileSync('sh', ['-c', `cat ${name}.pem ${name}.key > ${name}.both`]);
  return name;
}

export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
