import type { InputItem } from '../../shared/responses/input-item.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { Call } from '../calls/call.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { streamedAnswer } from '../chat/streamed-answer.ts';
import { toResponseError } from '../claude/responses/response-object.ts';
import { Costs } from '../ledger/costs.ts';
import { finishResponse, finishUnasked, keepResponse } from './finish.ts';
import { inCallersNames, type PreparedResponse, type ResponsesDependencies } from './prepare.ts';

/**
 * A streamed response, in batches of what arrived together. Nothing is yielded before Claude's first content, so a failure
 * until then has no event before it. One that breaks later has `response.failed` as its last event, and then throws.
 */
export async function* streamResponse(
  dependencies: ResponsesDependencies,
  call: Call,
  prepared: PreparedResponse,
  input: readonly InputItem[],
): AsyncGenerator<ResponseStreamEvent[]> {
  const { translator, writer } = prepared;
  const entered = prepared.generates ? await dependencies.limits.enter(call, prepared.model) : undefined;
  const costs = new Costs(dependencies);
  try {
    if (prepared.generates) yield* countedAnswer(dependencies, call, prepared, costs);
    const events = prepared.generates ? await finishResponse(call, prepared, costs) : finishUnasked(call, prepared);
    // Before its caller can go on from it.
    await keepResponse(dependencies, call, prepared, input, events);
    yield events;
  } catch (thrown) {
    if (writer.hasBegun && !call.signal.aborted) {
      yield writer.fail(toResponseError(toTrestleError(thrown)), costs.priced(translator.usageSoFar));
    }
    throw inCallersNames(prepared, thrown);
  } finally {
    costs.settle(dependencies, call);
    entered?.leave(costs.calls);
  }
}

/** Claude's answer, whose calls are counted when it ends, in whatever way. */
async function* countedAnswer(
  dependencies: ResponsesDependencies,
  call: Call,
  prepared: PreparedResponse,
  costs: Costs,
): AsyncGenerator<ResponseStreamEvent[]> {
  const { translator } = prepared;
  try {
    yield* streamedAnswer(dependencies, call, prepared, translator);
  } finally {
    for (const usage of translator.usages) costs.add(translator.model, usage);
  }
}
