import { TrestleError } from '../../shared/error.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import type { Verb } from '../answers/verb.ts';
import type { Call } from '../calls/call.ts';
import { itemsOf } from '../claude/responses/to-chat-request.ts';
import { createResponse } from './create.ts';
import { type NumberedEvent, RESPONSE_EVENTS } from './event-format.ts';
import { type History, readHistory, refersToKept } from './history.ts';
import { type PreparedResponse, prepareResponse, type ResponsesDependencies } from './prepare.ts';
import { stateFor } from './response-state.ts';
import { streamResponse } from './stream.ts';

const ID_PREFIX = 'resp_';

/** Responses, in OpenAI's shapes. */
export type ResponsesVerb = Verb<ResponsesRequest, Response, NumberedEvent>;

export function createResponsesVerb(dependencies: ResponsesDependencies): ResponsesVerb {
  return {
    name: 'responses',
    format: RESPONSE_EVENTS,
    checkWhole,
    // Not an async function: that would keep the request, which may be long, for as long as Claude is waited for.
    complete: (call, request) =>
      prepareWithHistory(dependencies, call, request, dependencies.newId(ID_PREFIX)).then(({ prepared, input }) =>
        createResponse(dependencies, call, prepared, input),
      ),
    stream(call, request) {
      const id = dependencies.newId(ID_PREFIX);
      // What refers to nothing kept is refused before it takes a place among the answers.
      const ready = refersToKept(request) ? undefined : prepareOwn(dependencies, call, request, id);
      return { id, start: startOf(dependencies, call, ready ?? { request }, id) };
    },
  };
}

/** Throws a 400 for a request that asks for a stream. */
function checkWhole({ stream }: ResponsesRequest): void {
  if (!stream) return;
  throw new TrestleError(
    'invalid_value',
    'responses.create gives whole responses; call responses.stream for a streamed one',
    { param: 'stream' },
  );
}

interface Ready {
  prepared: PreparedResponse;
  /** The items of the request's own input, to be kept. */
  input: History['input'];
}

type PreparedCall = Omit<Call, 'signal'>;

async function prepareWithHistory(
  dependencies: ResponsesDependencies,
  call: PreparedCall,
  request: ResponsesRequest,
  id: string,
): Promise<Ready> {
  if (!refersToKept(request)) return prepareOwn(dependencies, call, request, id);
  const history = await readHistory(
    { responses: stateFor(dependencies, call), conversations: dependencies.conversations },
    call.owner,
    request,
  );
  return { prepared: prepareResponse(dependencies, call, request, { ...history, id }), input: history.input };
}

function prepareOwn(
  dependencies: ResponsesDependencies,
  call: PreparedCall,
  request: ResponsesRequest,
  id: string,
): Ready {
  const input = [...itemsOf(request.input)];
  const prepared = prepareResponse(dependencies, call, request, { before: [], input, sealed: new Map(), id });
  return { prepared, input: request.store === false && call.connection === undefined ? [] : input };
}

/** In a function of its own: what starts an answer lives as long as it does, and would keep the request. */
function startOf(
  dependencies: ResponsesDependencies,
  { owner, access, record, strict, connection }: PreparedCall,
  given: Ready | { request: ResponsesRequest },
  id: string,
): ReturnType<ResponsesVerb['stream']>['start'] {
  let held: typeof given | undefined = given;
  return async function* start(signal): AsyncGenerator<ResponseStreamEvent[]> {
    const call = { owner, access, record, strict, connection, signal };
    const ready = 'request' in held! ? await prepareWithHistory(dependencies, call, held.request, id) : held!;
    held = undefined;
    yield* streamResponse(dependencies, call, ready.prepared, ready.input);
  };
}
