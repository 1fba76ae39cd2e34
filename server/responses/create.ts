import type { InputItem } from '../../shared/responses/input-item.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { Call } from '../calls/call.ts';
import { wholeAnswer } from '../chat/whole-answer.ts';
import { eventsOf } from '../claude/answer/events-of.ts';
import { Costs } from '../ledger/costs.ts';
import { finishResponse, finishUnasked, keepResponse } from './finish.ts';
import { inCallersNames, type PreparedResponse, type ResponsesDependencies } from './prepare.ts';

/** A whole response. Rejects with a `TrestleError`. */
export async function createResponse(
  dependencies: ResponsesDependencies,
  call: Call,
  prepared: PreparedResponse,
  input: readonly InputItem[],
): Promise<Response> {
  const { translator, writer } = prepared;
  if (!prepared.generates) {
    await keepResponse(dependencies, call, prepared, input, finishUnasked(call, prepared));
    return writer.response;
  }
  const entered = await dependencies.limits.enter(call, prepared.model);
  const costs = new Costs(dependencies);
  try {
    const message = await wholeAnswer(dependencies, call, prepared, costs);
    if (prepared.seal) await dependencies.memory.keep(call.owner, prepared.seal, message.content);
    // Without its grammars, the answer may be another one.
    translator.follow(prepared.plan);
    for (const event of eventsOf(message)) translator.push(event);
    await keepResponse(dependencies, call, prepared, input, await finishResponse(call, prepared, costs));
    return writer.response;
  } catch (thrown) {
    throw inCallersNames(prepared, thrown);
  } finally {
    costs.settle(dependencies, call);
    entered?.leave(costs.calls);
  }
}
