import type { Annotation, ChatCompletion, Choice, CompletionMessage } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import type { ToolCall } from '../../../shared/tool.ts';
import { append } from '../append.ts';
import type { ClaudeBlock, ClaudeMessage } from '../messages-api.ts';
import { jsonOf } from '../raw-json.ts';
import { renameKeys } from '../schema/key-renamer.ts';
import { AnswerLayout } from '../thinking/answer-layout.ts';
import { type AnswerPlan, PLAIN_ANSWER, toCustomInput } from './answer-plan.ts';
import { lengthOf, shiftAnnotations, toAnnotations } from './citations.ts';
import { stripFence } from './fenced-json.ts';
import { contentBesideCalls } from './json-beside-calls.ts';
import { toFinishReason, toRefusal } from './stop-reasons.ts';
import { toServiceTier, toUsage } from './usage.ts';

export interface Envelope {
  /** `chatcmpl-…`. */
  id: string;
  /** Unix seconds. */
  created: number;
}

/** Claude's whole answer as OpenAI's. Blocks of unknown types are passed over. */
export function toCompletion(
  answer: ClaudeMessage,
  { id, created }: Envelope,
  notices: readonly Notice[],
  plan: AnswerPlan = PLAIN_ANSWER,
): ChatCompletion {
  const tier = toServiceTier(answer.usage);
  const usage = toUsage(answer.usage);
  return {
    id,
    object: 'chat.completion',
    created,
    model: answer.model,
    choices: [toChoice(answer, plan)],
    ...(usage !== undefined && { usage }),
    ...(tier !== undefined && { service_tier: tier }),
    ...(notices.length > 0 && { notices: [...notices] }),
  };
}

/** Where an answer through a tool has come, whatever text stood before the call is not part of it. */
function toChoice(answer: ClaudeMessage, plan: AnswerPlan): Choice {
  const output = answer.content.find((block) => isOutput(block, plan));
  let text = '';
  let reasoning = '';
  const annotations: Annotation[] = [];
  const details: ReasoningDetail[] = [];
  const calls: ToolCall[] = [];
  const layout = plan.reasoningSeal && new AnswerLayout(plan.reasoningSeal);
  let length = 0;
  for (const block of answer.content) {
    if (layout) append(details, layout.add(block));
    switch (block.type) {
      case 'text': {
        const start = length;
        text += block.text ?? '';
        length += lengthOf(block.text ?? '');
        append(annotations, toAnnotations(block.citations, start, length));
        break;
      }
      case 'thinking':
        reasoning += block.thinking ?? '';
        break;
      case 'tool_use':
        if (!isOutput(block, plan)) calls.push(toToolCall(block, plan));
        break;
      default:
    }
  }
  const isBeside = calls.length > 0 && (plan.besideCalls || plan.outputTool !== undefined);
  const spoken = isBeside ? contentBesideCalls(answer.content, plan).text : text;
  const stripped = plan.jsonText && !isBeside ? stripFence(spoken) : { text: spoken, cut: 0 };
  const content = output ? jsonOf(output.input) : stripped.text;
  const placed = output ? [] : shiftAnnotations(annotations, stripped.cut, lengthOf(content));
  const refusal = toRefusal(answer.stop_reason, answer.stop_details);
  const [legacyCall] = plan.legacyFunctions ? calls : [];
  const message: CompletionMessage = {
    role: 'assistant',
    content: content === '' && (calls.length > 0 || refusal !== null) ? null : content,
    refusal,
    ...(legacyCall?.type === 'function' && { function_call: legacyCall.function }),
    ...(!legacyCall && calls.length > 0 && { tool_calls: calls }),
    ...(placed.length > 0 && { annotations: placed }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
  return {
    index: 0,
    message,
    logprobs: null,
    finish_reason: toFinishReason(answer.stop_reason, calls.length > 0, plan.legacyFunctions),
  };
}

/** Whether this call is the answer itself, under {@link AnswerPlan.outputTool}. */
export function isOutput(block: ClaudeBlock, plan: AnswerPlan): boolean {
  return plan.outputTool !== undefined && block.type === 'tool_use' && block.name === plan.outputTool;
}

function toToolCall({ id = '', name = '', input }: ClaudeBlock, plan: AnswerPlan): ToolCall {
  const json = renameKeys(jsonOf(input), plan.askedNames?.get(name));
  return plan.customTools.has(name)
    ? { id, type: 'custom', custom: { name, input: toCustomInput(json) } }
    : { id, type: 'function', function: { name, arguments: json } };
}
