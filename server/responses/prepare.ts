import { TrestleError } from '../../shared/error.ts';
import { ReasoningDetail } from '../../shared/reasoning-detail.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import type { Call } from '../calls/call.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { Outgoing } from '../chat/outgoing.ts';
import { type ChatDependencies, type PreparedCall, translateRequest } from '../chat/prepare.ts';
import { AnswerTranslator } from '../claude/answer/answer-translator.ts';
import { Notices } from '../claude/notices.ts';
import { CompactionWriter } from '../claude/responses/compaction-writer.ts';
import { ParamNames } from '../claude/responses/param-names.ts';
import { INCLUDABLE } from '../claude/responses/parameters.ts';
import { beginResponse } from '../claude/responses/response-object.ts';
import { ResponseWriter, type ResponseWriterOptions } from '../claude/responses/response-writer.ts';
import { toChatRequest } from '../claude/responses/to-chat-request.ts';
import type { Conversations } from './conversations.ts';
import type { History } from './history.ts';
import type { ResponseState } from './response-state.ts';
import type { SealedContent } from './sealed-content.ts';

/** What the Responses API needs from outside. */
export interface ResponsesDependencies extends ChatDependencies {
  responseState: ResponseState;
  /** Responses that a WebSocket can go on from, though they are not stored. */
  connectionResponses: ResponseState;
  conversations: Conversations;
  /** Receives why something could not be stored. */
  onStorageFailure: (error: unknown) => void;
  sealed: SealedContent;
}

/** What is known of a request when its answer is waited for. */
export interface PreparedResponse extends PreparedCall {
  names: ParamNames;
  writer: ResponseWriter;
  translator: AnswerTranslator<ResponseStreamEvent>;
  /** Whether Claude is to be asked. */
  generates: boolean;
}

/** Everything of a request that is done before Claude is called. Throws a 400 or 404 that names the field. */
export function prepareResponse(
  dependencies: ResponsesDependencies,
  call: Omit<Call, 'signal'>,
  request: ResponsesRequest,
  { before, input, sealed, id }: History & { id: string },
): PreparedResponse {
  const { owner } = call;
  const names = new ParamNames();
  const own = new Notices(call.strict, dependencies.standingNotices);
  const chat = toChatRequest(
    { ...request, input: typeof request.input === 'string' ? request.input : input },
    {
      before,
      notices: own,
      params: names,
      openThinking: ({ encrypted_content: content, id: itemId }) => {
        const text = content ?? (itemId ? sealed.get(itemId) : undefined);
        const json = text && dependencies.sealed.open('thinking', owner, text);
        return json ? ReasoningDetail.array().safeParse(JSON.parse(json)).data : undefined;
      },
      openSummary: (text) => dependencies.sealed.open('summary', owner, text),
    },
  );
  const stored = request.store !== false && dependencies.responseState.isOn;
  if (request.store && !stored) own.add('store', 'ignored', 'this server stores nothing: its storage is off');
  const notices = new Notices(call.strict, own.list(), names);
  const translated = inCallersTerms(names, () =>
    translateRequest(dependencies, call, chat.request, notices, chat.shown),
  );
  const { model } = translated.request.body;
  const options: ResponseWriterOptions = {
    response: beginResponse(request, {
      id,
      createdAt: unixSeconds(),
      model,
      stored,
    }),
    tools: chat.tools,
    summary: chat.shown.summary,
    seal: sealerOf(dependencies.sealed, owner),
    includesThinking: request.include?.includes(INCLUDABLE.thinking) ?? false,
    cites: translated.plan.cites !== false,
    includesSources: request.include?.includes(INCLUDABLE.sources) ?? false,
  };
  const writer = chat.compacts
    ? new CompactionWriter(options, summarySealerOf(dependencies.sealed, owner))
    : new ResponseWriter(options);
  const translator = new AnswerTranslator(writer, translated.check !== undefined);
  translator.follow(translated.plan);
  return {
    names,
    writer,
    translator,
    generates: request.generate !== false,
    model,
    outgoing: new Outgoing(translated.request, {
      stream: request.stream === true,
      choices: 1,
      mayChange: translated.fallback !== undefined,
      mayContinue: translated.pauses,
    }),
    plan: translated.plan,
    check: translated.check,
    seal: translated.seal,
    pauses: translated.pauses,
    fallback: translated.fallback,
    notices,
  };
}

// In functions of their own: what lives as long as the answer would keep all that stands beside it, the request too.

function sealerOf(sealed: SealedContent, owner: string): ResponseWriterOptions['seal'] {
  return (details) => sealed.seal('thinking', owner, JSON.stringify(details));
}

function summarySealerOf(sealed: SealedContent, owner: string): (text: string) => string {
  return (text) => sealed.seal('summary', owner, text);
}

/** A failure of Claude's with the caller's own name of its field. Claude's words stay. */
export function inCallersNames({ names }: Pick<PreparedResponse, 'names'>, thrown: unknown): unknown {
  if (!(thrown instanceof TrestleError) || thrown.kind === undefined || thrown.param === null) return thrown;
  const { kind, message, param, retryAfter, cause, headers, upstream } = thrown;
  const named = new TrestleError(kind, message, { param: names.of(param), retryAfter, cause });
  return Object.assign(named, { headers, upstream });
}

/** Gives the errors of a step, which name fields of chat completions, the caller's own names. */
function inCallersTerms<T>(names: ParamNames, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (!(thrown instanceof TrestleError) || thrown.kind === undefined) throw thrown;
    const { kind, message, param, retryAfter, cause } = thrown;
    const named = param === null ? null : names.of(param);
    throw new TrestleError(kind, names.in(message), { param: named, retryAfter, cause });
  }
}
