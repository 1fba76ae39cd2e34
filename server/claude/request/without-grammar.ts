import type Anthropic from '@anthropic-ai/sdk';
import type { AnswerPlan } from '../answer/answer-plan.ts';
import type { ClaudeRequest } from '../messages-api.ts';
import type { Notices } from '../notices.ts';
import { instructionFor, type OutputFormat } from './output-format.ts';
import type { ClaudeToolChoice } from './tool-choice.ts';

/** How a request goes on that Claude can make no grammar for. */
export interface Fallback {
  change: (request: ClaudeRequest) => ClaudeRequest;
  plan: AnswerPlan;
  note: () => void;
}

/** For a request that holds Claude to grammars: the same with Claude told of the schemas. Undefined for any other. */
export function toFallback(
  body: Anthropic.MessageCreateParams,
  plan: AnswerPlan,
  { format, wanted }: { format: OutputFormat; wanted: ClaudeToolChoice },
  notices: Notices,
): Fallback | undefined {
  const isStrict = body.tools?.some((tool) => 'strict' in tool && tool.strict) ?? false;
  const schema = format.by === 'grammar' ? format.check : undefined;
  if (!isStrict && schema === undefined && plan.calls === undefined) return undefined;
  const { calls, ...withoutCalls } = plan;
  return {
    // What Claude thinks then is bound to another request than the next one will be.
    plan: { ...withoutCalls, ...(schema !== undefined && { jsonText: true }), reasoningSeal: undefined },
    note() {
      const why = 'Claude found the schema too complex to be held to it';
      if (isStrict) notices.add('tools', 'ignored', `${why}; the tools were sent without 'strict'`);
      if (schema !== undefined) notices.add('response_format', 'emulated', `${why}; it was told of it`);
    },
    change(request) {
      const changed = without(request, schema);
      return calls === undefined ? changed : told(changed, wanted);
    },
  };
}

/** Lets Claude call again, and instructs it to. */
function told({ version, body }: ClaudeRequest, { toolChoice, instruction }: ClaudeToolChoice): ClaudeRequest {
  const { tool_choice: _none, ...changed } = body;
  if (toolChoice) Object.assign(changed, { tool_choice: toolChoice });
  if (instruction !== undefined) changed.system = [...systemOf(changed), { type: 'text', text: instruction }];
  return { version, body: changed };
}

function systemOf({ system = [] }: ClaudeRequest['body']): Anthropic.TextBlockParam[] {
  return typeof system === 'string' ? [{ type: 'text', text: system }] : system;
}

function without({ version, body }: ClaudeRequest, schema: unknown): ClaudeRequest {
  const { output_config: config, ...changed } = body;
  const { format: _format, ...rest } = config ?? {};
  if (Object.keys(rest).length > 0) Object.assign(changed, { output_config: rest });
  if (changed.tools) changed.tools = changed.tools.map(withoutStrict);
  if (schema !== undefined) {
    changed.system = [...systemOf(changed), { type: 'text', text: instructionFor(schema) }];
  }
  return { version, body: changed };
}

function withoutStrict(tool: Anthropic.ToolUnion): Anthropic.ToolUnion {
  if (!('strict' in tool)) return tool;
  const { strict: _strict, ...rest } = tool;
  return rest;
}
