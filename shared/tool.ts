import { z } from 'zod';
import { CacheControl } from './cache-control.ts';

/** A JSON Schema, kept byte for byte: its keys are never renamed, sorted or dropped. */
export const JsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof JsonSchema>;

export const FunctionDefinition = z
  .looseObject({
    name: z.string(),
    description: z.string().nullish(),
    parameters: JsonSchema.nullish(),
    strict: z.boolean().nullish(),
  })
  .meta({ id: 'FunctionDefinition' });
export type FunctionDefinition = z.infer<typeof FunctionDefinition>;

export const FunctionTool = z
  .looseObject({ type: z.literal('function'), function: FunctionDefinition })
  .meta({ id: 'FunctionTool' });
export type FunctionTool = z.infer<typeof FunctionTool>;

export const CustomTool = z
  .looseObject({
    type: z.literal('custom'),
    custom: z.looseObject({
      name: z.string(),
      description: z.string().nullish(),
      format: z
        .discriminatedUnion('type', [
          z.looseObject({ type: z.literal('text') }),
          z.looseObject({
            type: z.literal('grammar'),
            grammar: z.looseObject({ definition: z.string(), syntax: z.enum(['lark', 'regex']) }),
          }),
        ])
        .nullish(),
    }),
  })
  .meta({ id: 'CustomTool' });
export type CustomTool = z.infer<typeof CustomTool>;

export const Tool = z.discriminatedUnion('type', [FunctionTool, CustomTool]).meta({ id: 'Tool' });
export type Tool = z.infer<typeof Tool>;

/** Which tool it means is in the field that `type` names. */
export const AllowedTool = z.looseObject({ type: z.string() });

export const ToolChoice = z
  .union([
    z.enum(['none', 'auto', 'required']),
    z.discriminatedUnion('type', [
      z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
      z.looseObject({ type: z.literal('custom'), custom: z.looseObject({ name: z.string() }) }),
      z.looseObject({
        type: z.literal('allowed_tools'),
        allowed_tools: z.looseObject({
          mode: z.enum(['auto', 'required']),
          tools: z.array(AllowedTool),
        }),
      }),
    ]),
  ])
  .meta({ id: 'ToolChoice' });
export type ToolChoice = z.infer<typeof ToolChoice>;

export const FunctionCall = z
  .looseObject({ name: z.string(), arguments: z.string(), parsed_arguments: z.looseObject({}).nullish() })
  .meta({ id: 'FunctionCall' });
export type FunctionCall = z.infer<typeof FunctionCall>;

/** Clients that put a call together from chunks send its place back with it, and some mark it for Claude's cache. */
const fromStream = { index: z.int().optional(), cache_control: CacheControl.nullish() };

/** A call the model made. `arguments` is JSON text, which a call cut short by `length` leaves unfinished. */
export const ToolCall = z
  .discriminatedUnion('type', [
    z.looseObject({ id: z.string(), type: z.literal('function'), function: FunctionCall, ...fromStream }),
    z.looseObject({
      id: z.string(),
      type: z.literal('custom'),
      custom: z.looseObject({ name: z.string(), input: z.string() }),
      ...fromStream,
    }),
  ])
  .meta({ id: 'ToolCall' });
export type ToolCall = z.infer<typeof ToolCall>;
