import type { Notice } from '../../shared/notice.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { Call } from '../calls/call.ts';
import { noticesOf } from '../chat/answer-notices.ts';
import { toFinishReason } from '../claude/answer/stop-reasons.ts';
import { toServiceTier } from '../claude/answer/usage.ts';
import type { Costs } from '../ledger/costs.ts';
import { isStored } from '../store/is-stored.ts';
import type { PreparedResponse, ResponsesDependencies } from './prepare.ts';
import { stateFor } from './response-state.ts';

/** Why a response is incomplete, by chat completions' word for the end of an answer. */
const INCOMPLETE = { length: 'max_output_tokens', content_filter: 'content_filter' } as const;

const NO_TOKENS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/** The response to a request that asks for no answer. */
export function finishUnasked(call: Call, { writer, notices }: PreparedResponse): ResponseStreamEvent[] {
  call.record.notices = notices.list();
  return writer.finish({
    status: 'completed',
    usage: NO_TOKENS,
    serviceTier: undefined,
    notices: call.record.notices,
  });
}

/** What closes a response: the rest of its output, then its last event. */
export async function finishResponse(
  call: Call,
  prepared: PreparedResponse,
  costs: Costs,
): Promise<ResponseStreamEvent[]> {
  const { translator, writer } = prepared;
  const events = translator.end();
  const notices = await noticesOf(prepared, [translator], call.strict);
  call.record.notices = notices;
  call.record.model = translator.model;
  const finish = toFinishReason(translator.stopReason, false);
  const reason = finish === 'length' || finish === 'content_filter' ? INCOMPLETE[finish] : undefined;
  for (const event of writer.finish({
    status: reason === undefined ? 'completed' : 'incomplete',
    reason,
    usage: costs.priced(translator.usageSoFar),
    serviceTier: toServiceTier(translator.usage),
    notices,
  }))
    events.push(event);
  return events;
}

/**
 * Keeps a finished response, where its caller has not said that it must not be. The answer is there and paid for, so its
 * caller gets it also when that fails, and the response says so, in its last event too.
 */
export async function keepResponse(
  dependencies: ResponsesDependencies,
  call: Call,
  { writer }: PreparedResponse,
  input: readonly InputItem[],
  events: readonly ResponseStreamEvent[],
): Promise<void> {
  const { response } = writer;
  const { conversation } = response;
  const sealed = Object.fromEntries(writer.sealed);
  const failed: Notice[] = [];
  const keep = async (storing: Promise<unknown>, param: string, message: string): Promise<boolean> => {
    const isKept = await isStored(storing, dependencies.onStorageFailure);
    if (!isKept) failed.push({ param, action: 'ignored', message });
    return isKept;
  };
  if (conversation) {
    // Sound: every item of an output is taken as one of an input.
    const items = [...input, ...(response.output as InputItem[])];
    const appended = dependencies.conversations.append(call.owner, conversation.id, items, sealed);
    await keep(appended, 'conversation', 'the items could not be added to the conversation');
  }
  if (response.store || call.connection !== undefined) {
    const put = stateFor(dependencies, call).put(call.owner, response.id, { response, input, sealed });
    const isKept = await keep(put, 'store', 'the response could not be stored, and can not be retrieved');
    if (!isKept) response.store = false;
  }
  if (failed.length === 0) return;
  const notices = [...(response.notices ?? []), ...failed];
  call.record.notices = response.notices = notices;
  const last = events.at(-1);
  if (last && 'response' in last) Object.assign(last.response, { notices, store: response.store });
}
