import type { JsonSchema, Tool } from '../../shared/tool.ts';

/** A tool as the AI SDK's `tool()` makes one; what it executes is run by the page, not by the transport. */
export interface NamedTool {
  description?: string | undefined;
  /** A JSON schema, the AI SDK's `jsonSchema()`, or a schema of zod 4.2 or another library with Standard JSON Schema. */
  inputSchema: unknown;
  strict?: boolean | undefined;
}

/** Tools as OpenAI writes them, or the AI SDK's, by name. */
export type ChatTools = readonly Tool[] | Readonly<Record<string, NamedTool>>;

type StandardSchema = { '~standard': { jsonSchema?: { input(options: { target: string }): JsonSchema } } };

/** The tools of a request; undefined when there are none. Throws a TypeError for a schema that can't be read. */
export async function toTools(tools: ChatTools | undefined): Promise<Tool[] | undefined> {
  if (tools === undefined) return undefined;
  const list = isList(tools) ? [...tools] : await Promise.all(Object.entries(tools).map(toTool));
  return list.length > 0 ? list : undefined;
}

function isList(tools: ChatTools): tools is readonly Tool[] {
  return Array.isArray(tools);
}

async function toTool([name, { description, inputSchema, strict }]: [string, NamedTool]): Promise<Tool> {
  const parameters = await toJsonSchema(inputSchema, name);
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters, ...(strict && { strict }) },
  };
}

async function toJsonSchema(given: unknown, name: string): Promise<JsonSchema> {
  const schema: unknown = typeof given === 'function' && !('~standard' in given) ? given() : given;
  if ((typeof schema === 'object' && schema !== null) || typeof schema === 'function') {
    if ('jsonSchema' in schema) return (await schema.jsonSchema) as JsonSchema;
    if (!('~standard' in schema)) return schema as JsonSchema;
    const { jsonSchema } = (schema as StandardSchema)['~standard'];
    if (jsonSchema) return jsonSchema.input({ target: 'draft-7' });
  }
  throw new TypeError(`The input schema of the tool ${name} can't be read; wrap it in the AI SDK's jsonSchema()`);
}
