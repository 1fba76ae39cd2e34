import type { Answer } from '../../test/support/fake-claude.ts';
import { blocksOf } from '../../test/support/rules-blocks-walk.ts';
import type { ClaudeBody, ClaudeTool } from '../../test/support/rules-body.ts';

// The scripted Claude of the checks of coding agents: asked to write a word into a file, it calls the agent's own tool for it,
// and says so once it has the result.

/** The file that it writes, in the folder in which the agent works. */
export const FILE = 'made.txt';
/** What it says when the file is written. */
export const WRITTEN = 'The file is written.';
/** What it is asked, and for which word. */
export const ASKED = /Write (\w+) into made\.txt/g;

/** What it says to anything else, such as the question for a title. */
const OTHERWISE = 'Summary.';
const AIDER = 'SEARCH/REPLACE';

const THINKS = { type: 'thinking', thinking: 'I write the file.', signature: '' };

interface Writing {
  word: string;
  /** What it wrote before, if anything. */
  before: string | undefined;
  /** The whole path of the file. */
  file: string;
  tool: ClaudeTool;
}

/** The tools that write, those preferred first, and how each is called. */
const WRITERS: Readonly<Record<string, (writing: Writing) => object>> = {
  // Codex
  apply_patch: ({ word, before }) => ({ input: patch(word, before) }),
  exec_command: ({ word }) => ({ cmd: `echo ${word} > ${FILE}` }),
  functions__exec: ({ word }) => ({ input: `await tools.exec_command({ cmd: "echo ${word} > ${FILE}" });` }),
  // Cline, which edits a file that is there
  editor: ({ word, before, file }) => ({ path: file, new_text: word, ...(before && { old_text: before }) }),
  // Continue
  Write: ({ word, file }) => ({ filepath: file, content: `${word}\n` }),
  // opencode and pi, whose tools have one name and different parameters
  write: ({ word, file, tool }) => ({
    [namesParameter(tool, 'filePath') ? 'filePath' : 'path']: file,
    content: `${word}\n`,
  }),
  // Copilot
  bash: ({ word }) => ({ command: `echo ${word} > ${FILE}`, description: 'Write the file' }),
};

let calls = 0;

/** Answers every request as above; `folder` is where the agent works, and has no such file yet. */
export function writeInto(folder: string): (body: ClaudeBody) => Answer {
  let before: string | undefined;
  return (body) => {
    const last = blocksOf(body.messages.at(-1)!);
    if (last.some(({ type }) => type === 'tool_result')) return say(WRITTEN);
    const asked = JSON.stringify(last);
    const word = [...asked.matchAll(ASKED)].at(-1)?.[1];
    const tool = toolOf(body);
    if (word === undefined || (tool === undefined && !asked.includes(AIDER))) return say(OTHERWISE);
    const writing = { word, before, file: `${folder}/${FILE}` };
    before = word;
    if (tool === undefined) return say(searchAndReplace(writing));
    const input = WRITERS[tool.name]!({ ...writing, tool });
    const call = { type: 'tool_use', id: `toolu_${(calls += 1)}`, name: tool.name, input };
    return { message: { content: [THINKS, call], stop_reason: 'tool_use' } };
  };
}

function toolOf({ tools }: ClaudeBody): ClaudeTool | undefined {
  const preferred = Object.keys(WRITERS).find((name) => tools?.some((tool) => tool.name === name));
  return tools?.find(({ name }) => name === preferred);
}

function namesParameter({ input_schema: schema }: ClaudeTool, name: string): boolean {
  return Object.hasOwn((schema as { properties?: object }).properties ?? {}, name);
}

function say(text: string): Answer {
  return { message: { content: [THINKS, { type: 'text', text }] } };
}

function patch(word: string, before: string | undefined): string {
  const change = before === undefined ? `*** Add File: ${FILE}` : `*** Update File: ${FILE}\n@@\n-${before}`;
  return `*** Begin Patch\n${change}\n+${word}\n*** End Patch\n`;
}

/** Aider has no tools: it reads changes in the text, and asks for them in these words. */
function searchAndReplace({ word, before }: Omit<Writing, 'tool'>): string {
  const old = before === undefined ? '' : `${before}\n`;
  return `${WRITTEN}\n\n${FILE}\n\`\`\`\n<<<<<<< SEARCH\n${old}=======\n${word}\n>>>>>>> REPLACE\n\`\`\`\n`;
}
