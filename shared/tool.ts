import { z } from 'zod';
import { CacheControl } from './cache-control.ts';
import { openObject } from './open-object.ts';

/** A JSON Schema, kept byte for byte: its keys are never renamed, sorted or dropped. */
export const JsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof JsonSchema>;

/** A function that the model may call. */
export const FunctionDefinition = openObject({
  /** The name that calls come back with. */
  name: z.string(),
  /** What the function does and when to call it; the better it says that, the better the calls. */
  description: z.string().nullish(),
  /** The arguments, as a JSON Schema of an object. Left out, the function takes none. */
  parameters: JsonSchema.nullish(),
  /** Make sure that the arguments fit `parameters`. */
  strict: z.boolean().nullish(),
}).meta({ id: 'FunctionDefinition' });
export type FunctionDefinition = z.infer<typeof FunctionDefinition>;

const marked = {
  /** Ends a prefix that Claude is to cache, behind this tool. */
  cache_control: CacheControl.nullish(),
};

/** A tool that takes JSON arguments. */
export const FunctionTool = openObject({
  /** The kind of tool. */
  type: z.literal('function'),
  /** The function. */
  function: FunctionDefinition,
  ...marked,
}).meta({ id: 'FunctionTool' });
export type FunctionTool = z.infer<typeof FunctionTool>;

/** Free text is the input of a custom tool. */
const TextFormat = openObject({
  /** The kind of format. */
  type: z.literal('text'),
}).meta({ id: 'CustomToolTextFormat' });

/** The input of a custom tool follows a grammar. Claude is told of it; nothing makes sure of it. */
const GrammarFormat = openObject({
  /** The kind of format. */
  type: z.literal('grammar'),
  /** The grammar. */
  grammar: openObject({
    /** The grammar's text. */
    definition: z.string(),
    /** The language in which it is written. */
    syntax: z.enum(['lark', 'regex']),
  }),
}).meta({ id: 'CustomToolGrammarFormat' });

/** A tool whose input is text in place of JSON. */
export const CustomTool = openObject({
  /** The kind of tool. */
  type: z.literal('custom'),
  /** The tool. */
  custom: openObject({
    /** The name that calls come back with. */
    name: z.string(),
    /** What the tool does and when to call it. */
    description: z.string().nullish(),
    /** What the input looks like. Left out, it is free text. */
    format: z.discriminatedUnion('type', [TextFormat, GrammarFormat]).nullish(),
  }),
  ...marked,
}).meta({ id: 'CustomTool' });
export type CustomTool = z.infer<typeof CustomTool>;

/** What the model may call. */
export const Tool = z.discriminatedUnion('type', [FunctionTool, CustomTool]).meta({ id: 'Tool' });
export type Tool = z.infer<typeof Tool>;

const named = {
  /** The name of the tool. */
  name: z.string(),
};

/** One of the tools that may be called. Its name is in the field that `type` names. */
export const AllowedTool = openObject({
  /** The kind of tool. */
  type: z.string(),
  /** Which function. */
  function: openObject(named).nullish(),
  /** Which custom tool. */
  custom: openObject(named).nullish(),
}).meta({ id: 'AllowedTool' });

/** Forces a call of one function. */
const FunctionToolChoice = openObject({
  /** The kind of tool. */
  type: z.literal('function'),
  /** Which function is to be called. */
  function: openObject(named),
}).meta({ id: 'FunctionToolChoice' });

/** Forces a call of one custom tool. */
const CustomToolChoice = openObject({
  /** The kind of tool. */
  type: z.literal('custom'),
  /** Which tool is to be called. */
  custom: openObject(named),
}).meta({ id: 'CustomToolChoice' });

/** Leaves the model a part of the tools. */
const AllowedToolsChoice = openObject({
  /** The kind of choice. */
  type: z.literal('allowed_tools'),
  /** The tools, and whether one of them has to be called. */
  allowed_tools: openObject({
    /** `auto`: the model decides. `required`: it has to call one of them. */
    mode: z.enum(['auto', 'required']),
    /** The tools that may be called. */
    tools: z.array(AllowedTool),
  }),
}).meta({ id: 'AllowedToolsChoice' });

/** Whether and what the model calls: `none`, `auto` (it decides), `required` (any tool), one tool, or one of some. */
export const ToolChoice = z
  .union([
    z.enum(['none', 'auto', 'required']),
    z.discriminatedUnion('type', [FunctionToolChoice, CustomToolChoice, AllowedToolsChoice]),
  ])
  .meta({ id: 'ToolChoice' });
export type ToolChoice = z.infer<typeof ToolChoice>;

/** What is called, and with what. */
export const FunctionCall = openObject({
  /** The name of the function. */
  name: z.string(),
  /** The arguments as JSON text. A call cut short by `length` leaves it unfinished. */
  arguments: z.string(),
  /** What OpenAI's SDKs make of `arguments`; not read. */
  parsed_arguments: z.looseObject({}).nullish(),
}).meta({ id: 'FunctionCall' });
export type FunctionCall = z.infer<typeof FunctionCall>;

const call = {
  /** Names the call; the message with its result repeats it as `tool_call_id`. */
  id: z.string(),
  /** The place of the call in its answer, which clients that put it together from chunks send back. */
  index: z.int().optional(),
  /** Ends a prefix that Claude is to cache, behind this call. */
  cache_control: CacheControl.nullish(),
};

/** A call of a function. */
const FunctionToolCall = openObject({
  ...call,
  /** The kind of tool. */
  type: z.literal('function'),
  /** What is called, and with what. */
  function: FunctionCall,
}).meta({ id: 'FunctionToolCall' });

/** A call of a custom tool. */
const CustomToolCall = openObject({
  ...call,
  /** The kind of tool. */
  type: z.literal('custom'),
  /** What is called, and with what. */
  custom: openObject({
    /** The name of the tool. */
    name: z.string(),
    /** Its input. */
    input: z.string(),
  }),
}).meta({ id: 'CustomToolCall' });

/** A call that the model made. */
export const ToolCall = z.discriminatedUnion('type', [FunctionToolCall, CustomToolCall]).meta({ id: 'ToolCall' });
export type ToolCall = z.infer<typeof ToolCall>;
