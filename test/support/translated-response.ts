import { type AnswerPlan, PLAIN_ANSWER } from '../../server/claude/answer/answer-plan.ts';
import { AnswerTranslator } from '../../server/claude/answer/answer-translator.ts';
import { eventsOf } from '../../server/claude/answer/events-of.ts';
import { toFinishReason } from '../../server/claude/answer/stop-reasons.ts';
import type { ClaudeEvent, ClaudeMessage, ClaudeRequest } from '../../server/claude/messages-api.ts';
import { Notices } from '../../server/claude/notices.ts';
import { toClaudeRequest } from '../../server/claude/request/to-claude-request.ts';
import { resolveModel } from '../../server/claude/resolve-model.ts';
import { ParamNames } from '../../server/claude/responses/param-names.ts';
import { beginResponse } from '../../server/claude/responses/response-object.ts';
import { ResponseWriter } from '../../server/claude/responses/response-writer.ts';
import { toChatRequest } from '../../server/claude/responses/to-chat-request.ts';
import { ToolNames } from '../../server/claude/responses/tool-names.ts';
import type { Notice } from '../../shared/notice.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { ResponsesRequest } from '../../shared/responses/responses-request.ts';

/** A request of the Responses API as Claude gets it, with what was noted on the way. Throws what the caller would see. */
export function claudeRequestOfResponses(request: ResponsesRequest): ClaudeRequest & { notices: Notice[] } {
  const own = new Notices(false);
  const names = new ParamNames();
  const { request: chat, shown } = toChatRequest(request, {
    notices: own,
    params: names,
    before: [],
    openThinking: () => undefined,
    openSummary: () => undefined,
  });
  const notices = new Notices(false, own.list(), names);
  const model = resolveModel(chat.model, {}, notices);
  const translated = toClaudeRequest(chat, { model, notices, promptCaching: true, recall: () => undefined, shown });
  return { ...translated.request, notices: notices.list() };
}

export interface ResponseEventOptions {
  plan?: AnswerPlan;
  tools?: ToolNames;
  /** @default true */
  summary?: boolean;
}

/** Claude's events as those of a response. */
export function responseEventsOf(
  events: Iterable<ClaudeEvent>,
  { plan = PLAIN_ANSWER, tools = toolsOf(plan), summary = true }: ResponseEventOptions = {},
): ResponseStreamEvent[] {
  const model = 'claude-opus-5-5';
  const writer = new ResponseWriter({
    response: beginResponse({ model, input: 'x' }, { id: `resp_${'0'.repeat(32)}`, createdAt: 1, model, stored: true }),
    tools,
    summary,
    seal: (details) => JSON.stringify(details),
    includesThinking: true,
    cites: true,
    includesSources: true,
  });
  const translator = new AnswerTranslator(writer, false);
  translator.follow(plan);
  const written: ResponseStreamEvent[] = [];
  for (const event of events) written.push(...translator.push(event));
  written.push(...translator.end());
  const isCut = ['length', 'content_filter'].includes(toFinishReason(translator.stopReason, false));
  written.push(
    ...writer.finish({
      status: isCut ? 'incomplete' : 'completed',
      usage: translator.usageSoFar,
      serviceTier: undefined,
      notices: [],
    }),
  );
  return written;
}

/** The free-form tools that a plan knows. */
function toolsOf({ customTools }: AnswerPlan): ToolNames {
  const tools = new ToolNames();
  for (const name of customTools) tools.declare({ kind: 'custom', name });
  return tools;
}

/** The events of a whole answer. */
export function responseEventsOfWhole(message: object, options: ResponseEventOptions = {}): ResponseStreamEvent[] {
  return responseEventsOf(eventsOf(message as ClaudeMessage), options);
}
