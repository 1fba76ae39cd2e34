import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FakeModel } from './claude-models.ts';
import { refuse } from './claude-refusal.ts';
import { isRecord } from './claude-shape.ts';
import type { ClaudeBody, ClaudeTool } from './rules-body.ts';
import { addTotals, checkDialect, checkTotals, emptyTotals } from './rules-schema.ts';

const PROPERTY_KEY = /^[a-zA-Z0-9_.-]{1,64}$/;
const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });

/** Tool definitions, tool_choice and the schemas of strict tools and of the answer (sections 3.4, 3.5). */
export function checkTools(body: ClaudeBody, model: FakeModel): void {
  const tools = body.tools ?? [];
  if (new Set(tools.map((tool) => tool.name)).size < tools.length) refuse('tools: Tool names must be unique.');
  for (const [index, tool] of tools.entries()) checkTool(tool, `tools.${index}`);
  checkSchemas(body, tools, model);
  checkToolChoice(body, tools, model);
}

function checkTool(tool: ClaudeTool, path: string): void {
  if (tool.input_schema === undefined) {
    if (tool.allowed_domains?.length && tool.blocked_domains?.length)
      refuse(`${path}: only one of allowed_domains and blocked_domains can be specified`);
    return;
  }
  const where = `${path}.custom.input_schema`;
  const schema = tool.input_schema as Record<string, unknown>;
  if (schema['type'] === undefined) refuse(`${where}.type: Field required`);
  if (schema['type'] !== 'object') refuse(`${where}.type: Input should be 'object'`);
  if (['oneOf', 'allOf', 'anyOf'].some((keyword) => schema[keyword] !== undefined))
    refuse(`${where}: input_schema does not support oneOf, allOf, or anyOf at the top level`);
  if (isRecord(schema['properties']) && !Object.keys(schema['properties']).every((key) => PROPERTY_KEY.test(key)))
    refuse(`${where}.properties: Property keys should match pattern '${PROPERTY_KEY.source}'`);
  const { $schema: _dialect, ...bare } = schema;
  if (!ajv.validateSchema(bare))
    refuse(
      `${where}: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12).`,
    );
  checkExamples(tool, bare, path);
}

function checkExamples(tool: ClaudeTool, schema: Record<string, unknown>, path: string): void {
  for (const [index, example] of (tool.input_examples ?? []).entries()) {
    const { $id: _id, ...anonymous } = schema;
    if (!ajv.validate(anonymous, example))
      refuse(`${path}.custom.input_examples.${index}: Input example does not match the tool's input_schema`);
  }
}

function checkSchemas(body: ClaudeBody, tools: ClaudeTool[], model: FakeModel): void {
  const strict = tools.filter((tool) => tool.strict === true && tool.input_schema !== undefined);
  const format = body.output_config?.format;
  if ((strict.length > 0 || format) && !model.structuredOutputs)
    refuse('output_config.format: structured outputs are not supported on this model');
  if (format && tools.some((tool) => tool.name === 'web_search' && tool.input_schema === undefined))
    refuse('output_config.format: structured outputs cannot be used together with citations, which web search makes');
  if (strict.length > 20) refuse(`tools: too many strict tools: ${strict.length} > 20`);
  const totals = emptyTotals();
  for (const [index, tool] of tools.entries()) {
    if (!strict.includes(tool)) continue;
    checkDialect(tool.input_schema, `tools.${index}.custom`);
    addTotals(totals, tool.input_schema);
  }
  if (format) {
    checkDialect(format.schema, 'output_config.format.schema');
    addTotals(totals, format.schema);
  }
  checkTotals(totals);
}

function checkToolChoice(body: ClaudeBody, tools: ClaudeTool[], model: FakeModel): void {
  const choice = body.tool_choice;
  if (choice === undefined) return;
  if (tools.length === 0) refuse('tool_choice may only be specified while providing tools.');
  if (choice.type === 'auto' || choice.type === 'none') return;
  if (!model.forcedTools) refuse('tool_choice: type "tool" and "any" are not supported for this model.');
  if (body.thinking?.type === 'enabled') refuse('Thinking may not be enabled when tool_choice forces tool use.');
  if (choice.type === 'tool' && !tools.some((tool) => tool.name === choice.name))
    refuse(`Tool '${choice.name}' not found in provided tools`);
}
