import type { KnownItem } from '../../../shared/responses/input-item.ts';
import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { JsonSchema } from '../../../shared/tool.ts';
import { fieldsOf } from '../../calls/plain-object.ts';
import type { ToolKind } from './tool-names.ts';

/** What each call of a tool has. */
export interface CallHead {
  id: string;
  call_id: string;
  status: 'in_progress' | 'completed' | 'incomplete';
}

type Input = Record<string, unknown>;
type Call = Extract<KnownItem, { call_id?: string | null | undefined }>;

/** A tool that OpenAI's models know by its type alone, and that the caller runs. Claude gets a function in its place. */
interface ClientTool {
  description: string;
  parameters: JsonSchema;
  /** The item that the function's input stands for. */
  toItem: (head: CallHead, input: Input) => OutputItem;
  /** The function's input, from an item of an earlier answer. */
  toInput: (item: Call) => unknown;
}

const TEXT = { type: 'string' };
const TEXTS = { type: 'array', items: TEXT };
const MILLISECONDS = { type: 'integer', description: 'How long it may take, in milliseconds' };

/** By the tool's type, which is the function's name too. */
export const CLIENT_TOOLS: Readonly<Record<Exclude<ToolKind, 'function' | 'custom'>, ClientTool>> = {
  tool_search: {
    description: 'Searches for tools that are not shown yet.',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string', description: 'What the tool should do' }, limit: { type: 'integer' } },
      required: ['query'],
    },
    toItem: (head, input) => ({ type: 'tool_search_call', ...head, execution: 'client', arguments: input }),
    toInput: (item) => ('arguments' in item ? item.arguments : {}),
  },
  local_shell: {
    description: "Runs a command on the user's machine and gives back its output.",
    parameters: {
      type: 'object',
      properties: {
        command: { ...TEXTS, description: 'The program and its arguments' },
        working_directory: TEXT,
        timeout_ms: MILLISECONDS,
        env: { type: 'object', additionalProperties: TEXT },
      },
      required: ['command'],
    },
    toItem: (head, { command, working_directory: directory, timeout_ms: timeout, env }) => ({
      type: 'local_shell_call',
      ...head,
      action: {
        type: 'exec',
        command: textsOf(command),
        env: fieldsOf(env) as Record<string, string>,
        ...(typeof directory === 'string' && { working_directory: directory }),
        ...(typeof timeout === 'number' && { timeout_ms: timeout }),
      },
    }),
    toInput: (item) => withoutType('action' in item ? item.action : {}),
  },
  shell: {
    description: "Runs commands in a shell on the user's machine and gives back their output.",
    parameters: {
      type: 'object',
      properties: {
        commands: { ...TEXTS, description: 'The command lines, which are run side by side' },
        timeout_ms: MILLISECONDS,
        max_output_length: { type: 'integer', description: 'The most characters of output that are wanted' },
      },
      required: ['commands'],
    },
    toItem: (head, { commands, timeout_ms: timeout, max_output_length: length }) => ({
      type: 'shell_call',
      ...head,
      action: { commands: textsOf(commands), timeout_ms: numberOf(timeout), max_output_length: numberOf(length) },
      environment: { type: 'local' },
    }),
    toInput: (item) => ('action' in item ? item.action : {}),
  },
  apply_patch: {
    description:
      'Creates, updates or deletes one file. The diff has the lines of the file, each behind a space where it stays, ' +
      '`-` where it goes and `+` where it is new; `@@` begins each place that changes. A new file has lines with `+` alone.',
    parameters: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: { type: 'string', description: 'The path of the file, below the working directory' },
        diff: { type: 'string', description: 'What changes; left out where the file is deleted' },
      },
      required: ['type', 'path'],
    },
    toItem: (head, { type, path, diff }) => ({
      type: 'apply_patch_call',
      ...head,
      operation: {
        type: type === 'create_file' || type === 'delete_file' ? type : 'update_file',
        path: typeof path === 'string' ? path : '',
        ...(type !== 'delete_file' && { diff: typeof diff === 'string' ? diff : '' }),
      },
    }),
    toInput: (item) => ('operation' in item ? item.operation : {}),
  },
};

export function isClientTool(type: string): type is keyof typeof CLIENT_TOOLS {
  return Object.hasOwn(CLIENT_TOOLS, type);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function withoutType({ type: _type, ...input }: Input): Input {
  return input;
}
