import { createHash } from 'node:crypto';

/** The kinds of tools that are called back, each in items of its own. */
export type ToolKind = 'function' | 'custom' | 'tool_search' | 'local_shell' | 'shell' | 'apply_patch';

/** A tool as its caller knows it. */
export interface AskedTool {
  kind: ToolKind;
  name: string;
  namespace?: string | undefined;
}

/** Claude's longest name of a tool. */
const MAX_NAME = 64;
const HASH_DIGITS = 8;

/** The names of tools at Claude, which knows no namespaces, and back. */
export class ToolNames {
  readonly #asked = new Map<string, AskedTool>();

  /** Declares a tool. Returns its name at Claude. */
  declare(tool: AskedTool): string {
    const name = sentName(tool.name, tool.namespace);
    this.#asked.set(name, tool);
    return name;
  }

  has(sent: string): boolean {
    return this.#asked.has(sent);
  }

  /** The tool that Claude calls by a name. One that nobody declared is a function of that name. */
  of(sent: string): AskedTool {
    return this.#asked.get(sent) ?? { kind: 'function', name: sent };
  }
}

/** The name at Claude of a tool that may be in a namespace; the same for the same tool in every request. */
export function sentName(name: string, namespace?: string | null): string {
  if (!namespace) return name;
  const joined = `${namespace}__${name}`;
  const plain = joined.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
  if (plain === joined && plain.length <= MAX_NAME) return plain;
  const digits = createHash('sha256').update(joined).digest('hex').slice(0, HASH_DIGITS);
  return `${plain.slice(0, MAX_NAME - HASH_DIGITS - 1)}_${digits}`;
}
