import { readFileSync } from 'node:fs';

// What docs/clients.md tells a reader to do for a client. The checks do just that, so what the document has is what ran.

const DOCUMENT = new URL('../../docs/clients.md', import.meta.url);
const ADDRESS = 'http://127.0.0.1:8787';
const KEY = 'your-trestle-key';
/** A block of code, and the name of its file where the line before it ends with one. */
const BLOCK = /(?:`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms;
const EXPORT = /^export (\w+)=(.*)$/gm;
const INSTALL = /^(?:npm|pip) install .*$/m;

/** A server that takes the place of the document's. */
export interface Target {
  url: string;
  apiKey: string;
}

export interface Documented {
  /** The line that installs it. */
  install: string;
  /** The files of settings, and programs, by their path; `~` is the home. */
  files: (target: Target) => [file: string, text: string][];
  /** The commands, without the one that installs. */
  commands: (target: Target) => string;
  /** The variables that the commands set. */
  variables: (target: Target) => Record<string, string>;
}

/**
 * The section of a client, by its heading. Throws where there is none, where it does not say how to install the client, or
 * where the table at the top has another version.
 */
export function documented(name: string): Documented {
  const text = readFileSync(DOCUMENT, 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${name}\n`));
  const install = INSTALL.exec(section ?? '')?.[0];
  if (section === undefined || install === undefined) throw new Error(`docs/clients.md does not install ${name}`);
  const row = text.split('\n').find((line) => line.startsWith(`| [${name}](`));
  if (!row?.includes(` ${versionOf({ install })} `)) throw new Error(`docs/clients.md: ${install} is not in the table`);
  const blocks = [...section.matchAll(BLOCK)].map(([, file, language, code]) => ({ file, language, code: code! }));
  const files = blocks.flatMap(({ file, code }): [string, string][] => (file === undefined ? [] : [[file, code]]));
  const commands = blocks
    .filter(({ file, language }) => file === undefined && language === 'sh')
    .map(({ code }) => code.replace(INSTALL, ''))
    .join('\n');
  return {
    install,
    files: (target) => files.map(([file, text]) => [file, aimed(text, target)]),
    commands: (target) => aimed(commands, target),
    variables: (target) =>
      Object.fromEntries([...aimed(commands, target).matchAll(EXPORT)].map(([, name, value]) => [name!, value!])),
  };
}

/** The version in the line that installs a client, such as `npm install -g name@1.2.3`. */
export function versionOf({ install }: Pick<Documented, 'install'>): string {
  return /[@=](\d[\w.-]*)/.exec(install)![1]!;
}

function aimed(code: string, { url, apiKey }: Target): string {
  return code.replaceAll(ADDRESS, url).replaceAll(KEY, apiKey);
}
