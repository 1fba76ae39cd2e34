import type { Seal } from '../thinking/thinking-seal.ts';
import type { GrammarCalls } from './grammar-calls.ts';

/** What the input of a free-form tool is to match, as a whole. */
export interface InputGrammar {
  /** A regular expression of ECMA-262 with the `u` flag. */
  pattern: string;
  field: string;
}

/** How an answer is to be turned back, decided while the request was translated. */
export interface AnswerPlan {
  /** Names of free-form tools, which Claude calls as tools of one string. */
  customTools: ReadonlySet<string>;
  /** By free-form tool: what its input is to match, and the field that says so. Claude can't be held to it. */
  grammars?: ReadonlyMap<string, InputGrammar>;
  /** By tool: the caller's names of arguments that have other names at Claude's. */
  askedNames?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The caller speaks the older `functions`: a call comes back as `function_call`. */
  legacyFunctions: boolean;
  /** Set where Claude can't be forced to call: what `field` asks for, of one tool by `name`. */
  mustCall?: { field: string; name: string | undefined };
  /** Set where a grammar has Claude write calls as text. */
  calls?: GrammarCalls;
  /** The tool whose input is the answer's content, where Claude could hold no grammar. */
  outputTool: string | undefined;
  /** The content is JSON: fences around it are taken off. */
  jsonText: boolean;
  /** The content is to be JSON, and there may be calls: beside them it is JSON or null. */
  besideCalls?: boolean;
  /** False where Claude has nothing to cite, so that the places of citations need not be counted. */
  cites?: boolean;
  /** Give back Claude's signed thinking blocks, sealed with what they are bound to. */
  reasoningSeal: Seal | undefined;
}

export const PLAIN_ANSWER: AnswerPlan = {
  customTools: new Set(),
  legacyFunctions: false,
  outputTool: undefined,
  jsonText: false,
  reasoningSeal: undefined,
};

/** The key that holds a free-form tool's input, in the schema shown to Claude and in its calls. */
export const CUSTOM_INPUT = 'input';

/** The text for a free-form tool from the JSON of Claude's call; JSON that was cut short is given as it is. */
export function toCustomInput(json: string): string {
  try {
    const value: unknown = (JSON.parse(json) as Record<string, unknown> | null)?.[CUSTOM_INPUT];
    return typeof value === 'string' ? value : json;
  } catch {
    return json;
  }
}
