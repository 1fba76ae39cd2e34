import { z } from 'zod';
import { CacheControl } from '../cache-control.ts';
import { openObject } from '../open-object.ts';
import { JsonSchema } from '../tool.ts';

const described = {
  /** The name that calls come back with. */
  name: z.string(),
  /** What the tool does and when to call it. */
  description: z.string().nullish(),
  /** Show the tool only once a search has found it. Claude is shown it at once. */
  defer_loading: z.boolean().nullish(),
  /** Who may call the tool; the model always may. */
  allowed_callers: z.array(z.string()).nullish(),
  /** Whether the result may come later; not read. */
  async: z.boolean().nullish(),
  /** Ends a prefix that Claude is to cache, behind this tool. */
  cache_control: CacheControl.nullish(),
};

/** A function of the caller's. */
export const ResponseFunctionTool = openObject({
  /** The kind of tool. */
  type: z.literal('function'),
  ...described,
  /** The arguments, as a JSON Schema of an object. Left out, the function takes none. */
  parameters: JsonSchema.nullish(),
  /** Make sure that the arguments fit `parameters`. Left out or null, it is not. */
  strict: z.boolean().nullish(),
  /** What the function gives back, as a JSON Schema; not read. */
  output_schema: JsonSchema.nullish(),
}).meta({ id: 'ResponseFunctionTool' });
export type ResponseFunctionTool = z.infer<typeof ResponseFunctionTool>;

/** A tool whose input is text in place of JSON. */
export const ResponseCustomTool = openObject({
  /** The kind of tool. */
  type: z.literal('custom'),
  ...described,
  /** What the input looks like. Left out, it is free text. */
  format: z
    .discriminatedUnion('type', [
      openObject({
        /** The kind of format. */
        type: z.literal('text'),
      }),
      openObject({
        /** The kind of format. */
        type: z.literal('grammar'),
        /** The language in which the grammar is written. */
        syntax: z.enum(['lark', 'regex']),
        /** The grammar's text. */
        definition: z.string(),
      }),
    ])
    .nullish(),
}).meta({ id: 'ResponseCustomTool' });
export type ResponseCustomTool = z.infer<typeof ResponseCustomTool>;

/** Tools under a common name. A call of one of them comes back with it. */
export const ResponseNamespaceTool = openObject({
  /** The kind of tool. */
  type: z.literal('namespace'),
  /** The name of the namespace. */
  name: z.string(),
  /** What the tools have in common. */
  description: z.string().nullish(),
  /** The tools. */
  tools: z.array(z.discriminatedUnion('type', [ResponseFunctionTool, ResponseCustomTool])),
}).meta({ id: 'ResponseNamespaceTool' });
export type ResponseNamespaceTool = z.infer<typeof ResponseNamespaceTool>;

/** Let the model search the web; Claude's own search. */
export const ResponseWebSearchTool = openObject({
  /** The kind of tool. */
  type: z.enum(['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11']),
  /** False allows only what OpenAI has stored of the web, which Claude does not have: no search then. */
  external_web_access: z.boolean().nullish(),
  /** How much of the found pages to read. */
  search_context_size: z.enum(['low', 'medium', 'high']).nullish(),
  /** What to look for; Claude finds text. */
  search_content_types: z.array(z.string()).nullish(),
  /** Where the user is. */
  user_location: openObject({
    /** How exact the place is. */
    type: z.literal('approximate').nullish(),
    /** The city. */
    city: z.string().nullish(),
    /** The country, by its two letters (ISO 3166-1). */
    country: z.string().nullish(),
    /** The region or state. */
    region: z.string().nullish(),
    /** The time zone, e.g. `Europe/Vienna` (IANA). */
    timezone: z.string().nullish(),
  }).nullish(),
  /** Which pages may be found. */
  filters: openObject({
    /** Domains of the pages. */
    allowed_domains: z.array(z.string()).nullish(),
  }).nullish(),
}).meta({ id: 'ResponseWebSearchTool' });
export type ResponseWebSearchTool = z.infer<typeof ResponseWebSearchTool>;

/** Lets the model look for tools that are not shown yet. */
export const ResponseToolSearchTool = openObject({
  /** The kind of tool. */
  type: z.literal('tool_search'),
  /** Who searches. `client`: the caller does, and is called as with any tool. A search by the server is not supported. */
  execution: z.enum(['server', 'client']).nullish(),
  /** What can be found, and when to search. */
  description: z.string().nullish(),
  /** The arguments of a search, as a JSON Schema. */
  parameters: JsonSchema.nullish(),
}).meta({ id: 'ResponseToolSearchTool' });
export type ResponseToolSearchTool = z.infer<typeof ResponseToolSearchTool>;

/** A shell that the caller runs, by the older name. */
const LocalShellTool = openObject({
  /** The kind of tool. */
  type: z.literal('local_shell'),
}).meta({ id: 'ResponseLocalShellTool' });

/** A shell that the caller runs. */
const ShellTool = openObject({
  /** The kind of tool. */
  type: z.literal('shell'),
  /** Where it runs. Only the caller's own machine is there: `local`. */
  environment: z.looseObject({}).nullish(),
}).meta({ id: 'ResponseShellTool' });

/** Changes of files that the caller makes. */
const ApplyPatchTool = openObject({
  /** The kind of tool. */
  type: z.literal('apply_patch'),
}).meta({ id: 'ResponseApplyPatchTool' });

const KnownTool = z.discriminatedUnion('type', [
  ResponseFunctionTool,
  ResponseCustomTool,
  ResponseNamespaceTool,
  ResponseWebSearchTool,
  ResponseToolSearchTool,
  LocalShellTool,
  ShellTool,
  ApplyPatchTool,
]);

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(
  KnownTool.options.flatMap(({ shape }) => {
    const { type }: { type: z.ZodLiteral | z.ZodEnum } = shape;
    return type instanceof z.ZodLiteral ? [...type.values] : type.options;
  }),
);

/** A tool that runs at OpenAI, and is left out with a notice. */
export const OtherTool = openObject({
  /** The kind of tool. */
  type: z.string(),
})
  .refine(({ type }) => !KNOWN_TYPES.has(type), { error: 'not a tool of this kind', abort: true })
  .meta({ id: 'ResponseOtherTool' });

/** What the model may call. */
export const ResponseTool = z.union([KnownTool, OtherTool]).meta({ id: 'ResponseTool' });
export type ResponseTool = z.infer<typeof KnownTool>;

/** Whether and what the model calls: `none`, `auto` (it decides), `required` (any tool), one tool, or one of some. */
export const ResponseToolChoice = z
  .union([
    z.enum(['none', 'auto', 'required']),
    openObject({
      /** `function` and `custom` name a tool, `allowed_tools` several; other kinds stand for themselves. */
      type: z.string(),
      /** The name of the tool. */
      name: z.string().nullish(),
      /** The namespace of the tool. */
      namespace: z.string().nullish(),
      /** Of several tools: whether one of them has to be called. */
      mode: z.enum(['auto', 'required']).nullish(),
      /** The tools that may be called. */
      tools: z.array(z.looseObject({})).nullish(),
    }),
  ])
  .meta({ id: 'ResponseToolChoice' });
export type ResponseToolChoice = z.infer<typeof ResponseToolChoice>;
