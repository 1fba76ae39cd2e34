import { z } from 'zod';
import { openObject } from '../open-object.ts';

/** How far an item or a response has come. */
const itemStatus = z.enum(['in_progress', 'completed', 'incomplete']);

const identified = {
  /** The id of the item. */
  id: z.string(),
};

const called = {
  ...identified,
  /** Names the call; the item with its result repeats it. */
  call_id: z.string(),
  /** Whether the call is whole. One that is not must not be run. */
  status: itemStatus,
};

/** A source of the text. */
export const UrlCitation = openObject({
  /** The kind of annotation. */
  type: z.literal('url_citation'),
  /** Where it is. */
  url: z.string(),
  /** Its title. */
  title: z.string(),
  /** Where the text that it supports begins, in characters. */
  start_index: z.int(),
  /** Where that text ends. */
  end_index: z.int(),
}).meta({ id: 'ResponseUrlCitation' });
export type UrlCitation = z.infer<typeof UrlCitation>;

/** Text of the answer. */
export const OutputText = openObject({
  /** The kind of part. */
  type: z.literal('output_text'),
  /** The text. */
  text: z.string(),
  /** Sources of the text. */
  annotations: z.array(UrlCitation),
  /** Always empty: Claude gives no log probabilities. */
  logprobs: z.array(z.never()),
}).meta({ id: 'ResponseOutputText' });
export type OutputText = z.infer<typeof OutputText>;

/** Why the model does not answer. */
export const OutputRefusal = openObject({
  /** The kind of part. */
  type: z.literal('refusal'),
  /** The explanation. */
  refusal: z.string(),
}).meta({ id: 'ResponseOutputRefusal' });
export type OutputRefusal = z.infer<typeof OutputRefusal>;

/** A text of the answer. */
export const OutputMessage = openObject({
  /** The kind of item. */
  type: z.literal('message'),
  ...identified,
  /** Who speaks. */
  role: z.literal('assistant'),
  /** Whether the message is whole. */
  status: itemStatus,
  /** What is said. */
  content: z.array(z.discriminatedUnion('type', [OutputText, OutputRefusal])),
}).meta({ id: 'ResponseOutputMessage' });
export type OutputMessage = z.infer<typeof OutputMessage>;

/** What Claude thought. */
export const OutputReasoning = openObject({
  /** The kind of item. */
  type: z.literal('reasoning'),
  ...identified,
  /** What it thought, for people; empty unless `reasoning.summary` asks for it. */
  summary: z.array(
    openObject({
      /** The kind of text. */
      type: z.literal('summary_text'),
      /** The text. */
      text: z.string(),
    }),
  ),
  /** Claude's signed thinking, sealed, where `include` asks for it. Sent back unmodified, Claude thinks on from it. */
  encrypted_content: z.string().nullish(),
}).meta({ id: 'ResponseReasoningItem' });
export type OutputReasoning = z.infer<typeof OutputReasoning>;

/** A call of a function. */
export const OutputFunctionCall = openObject({
  /** The kind of item. */
  type: z.literal('function_call'),
  ...called,
  /** The name of the function. */
  name: z.string(),
  /** The namespace of the function, where it has one. */
  namespace: z.string().optional(),
  /** The arguments as JSON text. */
  arguments: z.string(),
}).meta({ id: 'ResponseFunctionToolCall' });

/** A call of a custom tool. */
export const OutputCustomCall = openObject({
  /** The kind of item. */
  type: z.literal('custom_tool_call'),
  ...called,
  /** The name of the tool. */
  name: z.string(),
  /** The namespace of the tool, where it has one. */
  namespace: z.string().optional(),
  /** The input. */
  input: z.string(),
}).meta({ id: 'ResponseCustomToolCall' });

/** A search for tools, for the caller to run. */
export const OutputToolSearchCall = openObject({
  /** The kind of item. */
  type: z.literal('tool_search_call'),
  ...called,
  /** Who searches. */
  execution: z.literal('client'),
  /** What is searched for: JSON. */
  arguments: z.unknown(),
}).meta({ id: 'ResponseToolSearchCall' });

/** A command for the caller's shell, by the older name. */
export const OutputLocalShellCall = openObject({
  /** The kind of item. */
  type: z.literal('local_shell_call'),
  ...called,
  /** What is to be run. */
  action: openObject({
    /** The kind of action. */
    type: z.literal('exec'),
    /** The command and its arguments. */
    command: z.array(z.string()),
    /** Variables of the environment. */
    env: z.record(z.string(), z.string()),
    /** How long it may take, in milliseconds. */
    timeout_ms: z.number().nullish(),
    /** Who runs it. */
    user: z.string().nullish(),
    /** Where it is run. */
    working_directory: z.string().nullish(),
  }),
}).meta({ id: 'ResponseLocalShellCall' });

/** Commands for the caller's shell. */
export const OutputShellCall = openObject({
  /** The kind of item. */
  type: z.literal('shell_call'),
  ...called,
  /** What is to be run. */
  action: openObject({
    /** The commands. */
    commands: z.array(z.string()),
    /** How long each may take, in milliseconds. */
    timeout_ms: z.number().nullable(),
    /** How many characters of the output are wanted. */
    max_output_length: z.number().nullable(),
  }),
  /** Where they are run: the caller's own machine. */
  environment: z.looseObject({}).nullable(),
}).meta({ id: 'ResponseShellCall' });

/** A change of a file, for the caller to make. */
export const OutputApplyPatchCall = openObject({
  /** The kind of item. */
  type: z.literal('apply_patch_call'),
  ...called,
  /** The change. */
  operation: openObject({
    /** The kind of change. */
    type: z.enum(['create_file', 'update_file', 'delete_file']),
    /** The file. */
    path: z.string(),
    /** What changes, as a diff. */
    diff: z.string().optional(),
  }),
}).meta({ id: 'ResponseApplyPatchCall' });

/** A search of the web that Claude made. */
export const OutputWebSearchCall = openObject({
  /** The kind of item. */
  type: z.literal('web_search_call'),
  ...identified,
  /** Whether the search found something. */
  status: z.enum(['in_progress', 'searching', 'completed', 'failed']),
  /** What was done. */
  action: openObject({
    /** The kind of action. */
    type: z.literal('search'),
    /** What was searched for. */
    query: z.string(),
    /** The pages that were found. */
    sources: z
      .array(
        openObject({
          /** The kind of source. */
          type: z.literal('url'),
          /** Where the page is. */
          url: z.string(),
        }),
      )
      .optional(),
  }),
}).meta({ id: 'ResponseWebSearchCall' });

/** The conversation in short, sealed: the answer to a `compaction_trigger`. */
export const OutputCompaction = openObject({
  /** The kind of item. */
  type: z.literal('compaction'),
  ...identified,
  /** The summary, sealed; sent back unmodified in place of the conversation. */
  encrypted_content: z.string(),
}).meta({ id: 'ResponseCompactionItem' });

/** An item of the output. */
export const OutputItem = z
  .discriminatedUnion('type', [
    OutputMessage,
    OutputReasoning,
    OutputFunctionCall,
    OutputCustomCall,
    OutputToolSearchCall,
    OutputLocalShellCall,
    OutputShellCall,
    OutputApplyPatchCall,
    OutputWebSearchCall,
    OutputCompaction,
  ])
  .meta({ id: 'ResponseOutputItem' });
export type OutputItem = z.infer<typeof OutputItem>;
