import { z } from 'zod';
import { openObject } from '../open-object.ts';
import { InputPart, ToolOutput } from './input-part.ts';
import { ResponseTool } from './response-tool.ts';

const item = {
  /** The id of the item. */
  id: z.string().nullish(),
  /** How far the item had come; not read. */
  status: z.string().nullish(),
};

const called = {
  ...item,
  /** Names the call; its result repeats it. */
  call_id: z.string(),
  /** Who called: the model. */
  caller: z.looseObject({}).nullish(),
};

/** What a participant said. */
export const InputMessage = openObject({
  /** The kind of item; it may be left out. */
  type: z.literal('message').optional(),
  /** Who speaks. `developer` is another name of `system`. */
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  /** What was said: text, or parts. */
  content: z.union([z.string(), z.array(InputPart)]),
  /** Whether an assistant's message was its last word; not read. */
  phase: z.string().nullish(),
  ...item,
}).meta({ id: 'ResponseInputMessage' });

/** A call of a function. */
export const FunctionCallItem = openObject({
  /** The kind of item. */
  type: z.literal('function_call'),
  /** The name of the function. */
  name: z.string(),
  /** The namespace of the function. */
  namespace: z.string().nullish(),
  /** The arguments as JSON text. */
  arguments: z.string(),
  /** What OpenAI's SDKs make of `arguments`; not read. */
  parsed_arguments: z.unknown().optional(),
  ...called,
}).meta({ id: 'ResponseFunctionCallItem' });

/** The result of a function. */
export const FunctionCallOutputItem = openObject({
  /** The kind of item. */
  type: z.literal('function_call_output'),
  /** The result. */
  output: ToolOutput,
  /** The name of the function; not read. */
  name: z.string().nullish(),
  /** The namespace of the function; not read. */
  namespace: z.string().nullish(),
  ...called,
}).meta({ id: 'ResponseFunctionCallOutputItem' });

/** A call of a custom tool. */
export const CustomToolCallItem = openObject({
  /** The kind of item. */
  type: z.literal('custom_tool_call'),
  /** The name of the tool. */
  name: z.string(),
  /** The namespace of the tool. */
  namespace: z.string().nullish(),
  /** Its input. */
  input: z.string(),
  ...called,
}).meta({ id: 'ResponseCustomToolCallItem' });

/** The result of a custom tool. */
export const CustomToolCallOutputItem = openObject({
  /** The kind of item. */
  type: z.literal('custom_tool_call_output'),
  /** The result. */
  output: ToolOutput,
  ...called,
}).meta({ id: 'ResponseCustomToolCallOutputItem' });

/** What the model thought. */
export const ReasoningItem = openObject({
  /** The kind of item. */
  type: z.literal('reasoning'),
  /** What it thought, for people. */
  summary: z.array(z.looseObject({})).nullish(),
  /** What it thought, in full; Claude's thinking has none. */
  content: z.array(z.looseObject({})).nullish(),
  /** Claude's signed thinking, sealed. Any other text is left out with a notice. */
  encrypted_content: z.string().nullish(),
  ...item,
}).meta({ id: 'ResponseReasoningEcho' });

/** A search for tools that the caller runs. */
export const ToolSearchCallItem = openObject({
  /** The kind of item. */
  type: z.literal('tool_search_call'),
  /** What is searched for. */
  arguments: z.unknown(),
  /** Who searches. */
  execution: z.enum(['server', 'client']).nullish(),
  ...item,
  /** Names the call. A search of the server's has none. */
  call_id: z.string().nullish(),
}).meta({ id: 'ResponseToolSearchCallItem' });

/** Tools that a search found; from here on the model may call them. */
export const ToolSearchOutputItem = openObject({
  /** The kind of item. */
  type: z.literal('tool_search_output'),
  /** The tools. */
  tools: z.array(ResponseTool),
  /** Who searched. */
  execution: z.enum(['server', 'client']).nullish(),
  ...item,
  /** The call that this is the result of. A search of the server's has none. */
  call_id: z.string().nullish(),
}).meta({ id: 'ResponseToolSearchOutputItem' });

/** A call of the caller's shell, by the older name. */
export const LocalShellCallItem = openObject({
  /** The kind of item. */
  type: z.literal('local_shell_call'),
  /** What is run. */
  action: z.looseObject({}),
  ...called,
}).meta({ id: 'ResponseLocalShellCallItem' });

/** What that shell gave back. */
export const LocalShellCallOutputItem = openObject({
  /** The kind of item. */
  type: z.literal('local_shell_call_output'),
  /** The result, as JSON text. */
  output: z.string(),
  ...item,
  /** The id of the call, where `id` is not that. */
  call_id: z.string().nullish(),
}).meta({ id: 'ResponseLocalShellCallOutputItem' });

/** A call of the caller's shell. */
export const ShellCallItem = openObject({
  /** The kind of item. */
  type: z.literal('shell_call'),
  /** What is run. */
  action: z.looseObject({}),
  /** Where it runs. */
  environment: z.looseObject({}).nullish(),
  ...called,
}).meta({ id: 'ResponseShellCallItem' });

/** What the shell gave back. */
export const ShellCallOutputItem = openObject({
  /** The kind of item. */
  type: z.literal('shell_call_output'),
  /** The result of each command. */
  output: z.union([z.string(), z.array(z.looseObject({}))]),
  /** How much of the output is kept. */
  max_output_length: z.number().nullish(),
  ...called,
}).meta({ id: 'ResponseShellCallOutputItem' });

/** A change of a file. */
export const ApplyPatchCallItem = openObject({
  /** The kind of item. */
  type: z.literal('apply_patch_call'),
  /** The change. */
  operation: z.looseObject({}),
  ...called,
}).meta({ id: 'ResponseApplyPatchCallItem' });

/** What came of a change. */
export const ApplyPatchCallOutputItem = openObject({
  /** The kind of item. */
  type: z.literal('apply_patch_call_output'),
  /** What there is to say of it. */
  output: z.string().nullish(),
  ...called,
}).meta({ id: 'ResponseApplyPatchCallOutputItem' });

/** A search of the web that the model made. */
export const WebSearchCallItem = openObject({
  /** The kind of item. */
  type: z.literal('web_search_call'),
  /** What it did. */
  action: z.looseObject({}).nullish(),
  ...item,
}).meta({ id: 'ResponseWebSearchCallEcho' });

/** Tools beside those of `tools`. */
export const AdditionalToolsItem = openObject({
  /** The kind of item. */
  type: z.literal('additional_tools'),
  /** Who gives them. */
  role: z.string().nullish(),
  /** The tools. */
  tools: z.array(ResponseTool),
  ...item,
}).meta({ id: 'ResponseAdditionalToolsItem' });

/** Asks for a summary of the conversation in place of an answer: one `compaction` item. */
export const CompactionTriggerItem = openObject({
  /** The kind of item. */
  type: z.literal('compaction_trigger'),
  ...item,
}).meta({ id: 'ResponseCompactionTriggerItem' });

/** The conversation before it, in short. */
export const CompactionItem = openObject({
  /** The kind of item. */
  type: z.enum(['compaction', 'compaction_summary']),
  /** The summary, sealed. */
  encrypted_content: z.string(),
  ...item,
}).meta({ id: 'ResponseCompactionEcho' });

/** An item that is stored, by its id. */
export const ItemReference = openObject({
  /** The kind of item. */
  type: z.literal('item_reference'),
  /** The id of the item. */
  id: z.string(),
}).meta({ id: 'ResponseItemReference' });

const KnownItem = z.discriminatedUnion('type', [
  InputMessage,
  FunctionCallItem,
  FunctionCallOutputItem,
  CustomToolCallItem,
  CustomToolCallOutputItem,
  ReasoningItem,
  ToolSearchCallItem,
  ToolSearchOutputItem,
  LocalShellCallItem,
  LocalShellCallOutputItem,
  ShellCallItem,
  ShellCallOutputItem,
  ApplyPatchCallItem,
  ApplyPatchCallOutputItem,
  WebSearchCallItem,
  AdditionalToolsItem,
  CompactionTriggerItem,
  CompactionItem,
  ItemReference,
]);
export type KnownItem = z.infer<typeof KnownItem>;

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(
  KnownItem.options.flatMap(({ shape }): unknown[] => {
    const type: z.ZodType = shape.type instanceof z.ZodOptional ? shape.type.unwrap() : shape.type;
    return type instanceof z.ZodLiteral ? [...type.values] : type instanceof z.ZodEnum ? type.options : [];
  }),
);

/** An item of a tool that runs at OpenAI, or of a kind that is newer than this server; it is left out with a notice. */
export const OtherItem = openObject({
  /** The kind of item. */
  type: z.string(),
})
  .refine(({ type }) => !KNOWN_TYPES.has(type), { error: 'not an item of this kind', abort: true })
  .meta({ id: 'ResponseOtherItem' });

/** An item of the input. */
export const InputItem = z.union([KnownItem, OtherItem]).meta({ id: 'ResponseInputItem' });
/** As types have it: of another item nothing but its kind is known. */
export type InputItem = KnownItem;

/** Whether the item is of a kind that is translated. */
export function isKnownItem({ type }: { type?: string | undefined }): boolean {
  return type === undefined || KNOWN_TYPES.has(type);
}
