import type Anthropic from '@anthropic-ai/sdk';
import type { AnswerPlan } from './answer-plan.ts';
import type { Notices } from './notices.ts';
import { instructionFor, type OutputFormat } from './output-format.ts';
import type { ClaudeRequest, Fallback } from './to-claude-request.ts';

/** For a request that holds Claude to grammars: the same with Claude told of the schemas. Undefined for any other. */
export function toFallback(
  body: Anthropic.MessageCreateParams,
  plan: AnswerPlan,
  format: OutputFormat,
  notices: Notices,
): Fallback | undefined {
  const isStrict = body.tools?.some((tool) => 'strict' in tool && tool.strict) ?? false;
  const schema = format.by === 'grammar' ? format.check : undefined;
  if (!isStrict && schema === undefined) return undefined;
  return {
    // What Claude thinks then is bound to another request than the next one will be.
    plan: { ...plan, ...(schema !== undefined && { jsonText: true }), reasoningSeal: undefined },
    note() {
      const why = 'Claude found the schema too complex to be held to it';
      if (isStrict) notices.add('tools', 'ignored', `${why}; the tools were sent without 'strict'`);
      if (schema !== undefined) notices.add('response_format', 'emulated', `${why}; it was told of it`);
    },
    change: (request) => without(request, schema),
  };
}

function without({ version, body }: ClaudeRequest, schema: unknown): ClaudeRequest {
  const { output_config: config, ...changed } = body;
  const { format: _format, ...rest } = config ?? {};
  if (Object.keys(rest).length > 0) Object.assign(changed, { output_config: rest });
  if (changed.tools) changed.tools = changed.tools.map(withoutStrict);
  if (schema !== undefined) {
    const { system = [] } = changed;
    const before = typeof system === 'string' ? [{ type: 'text' as const, text: system }] : system;
    changed.system = [...before, { type: 'text', text: instructionFor(schema) }];
  }
  return { version, body: changed as ClaudeRequest['body'] };
}

function withoutStrict(tool: Anthropic.ToolUnion): Anthropic.ToolUnion {
  if (!('strict' in tool)) return tool;
  const { strict: _strict, ...rest } = tool;
  return rest as Anthropic.ToolUnion;
}
