import { TrestleError } from '../../shared/error.ts';
import { modelFor } from '../access/model-access.ts';
import type { Verb } from '../answers/verb.ts';
import type { Call } from '../calls/call.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import type { ChatDependencies } from '../chat/prepare.ts';
import { Notices } from '../claude/notices.ts';
import { Costs } from '../ledger/costs.ts';
import type { ForwardedRequest } from '../upstream/claude.ts';
import { brokenConnection } from '../upstream/failure.ts';
import { MESSAGE_EVENTS, type MessageEvent } from './event-format.ts';
import { identityOf, type MessagesRequest, withModel } from './messages-request.ts';
import { StreamUsage } from './stream-usage.ts';

/** Claude's own API, passed through: a whole answer is the text that Claude wrote. */
export type MessagesVerb = Verb<MessagesRequest, string, MessageEvent>;

export function createMessagesVerb(dependencies: ChatDependencies): MessagesVerb {
  return {
    name: 'messages',
    format: MESSAGE_EVENTS,
    identityOf,
    checkWhole({ stream }) {
      if (!stream) return;
      const message = 'messages.create gives whole messages; call messages.stream for a streamed one';
      throw new TrestleError('invalid_value', message, { param: 'stream' });
    },
    complete: (call, request) => createMessage(dependencies, call, toForwarded(dependencies, call, request)),
    stream(call, request) {
      const id = dependencies.newId('msgs_');
      return { id, start: startOf(dependencies, call, toForwarded(dependencies, call, request)) };
    },
  };
}

/** The input tokens of a request, in Claude's own words. */
export async function countMessageTokens(
  dependencies: ChatDependencies,
  call: Call,
  request: MessagesRequest,
): Promise<string> {
  const forwarded = toForwarded(dependencies, call, request);
  const { answer, headers } = await dependencies.claude.forward(
    { ...forwarded, path: '/v1/messages/count_tokens' },
    call.signal,
  );
  call.record.upstreamHeaders = headers;
  return answer.text;
}

/** The request for the model that its name means. Throws a 404 that names the nearest ones. */
function toForwarded(
  { modelAliases, standingNotices }: ChatDependencies,
  { access, strict, record }: Omit<Call, 'signal'>,
  { json, model, headers }: MessagesRequest,
): ForwardedRequest & { model: string } {
  record.model = model;
  const notices = new Notices(strict, standingNotices);
  const { id } = modelFor(access, model, modelAliases, notices);
  if (id !== model && notices.list().length === standingNotices.length)
    notices.add('model', 'emulated', `the alias stands for ${id}`);
  record.notices = notices.list();
  return { path: '/v1/messages', json: id === model ? json : withModel(json, id), headers, model: id };
}

async function createMessage(
  dependencies: ChatDependencies,
  call: Call,
  request: ForwardedRequest & { model: string },
): Promise<string> {
  const { record } = call;
  const entered = await dependencies.limits.enter(call, request.model);
  const costs = new Costs(dependencies);
  try {
    const { answer, headers } = await dependencies.claude.forward(request, call.signal);
    record.firstByteMs = performance.now() - record.startedAt;
    record.upstreamHeaders = headers;
    const told = fieldsOf(answer.body);
    record.model = typeof told['model'] === 'string' ? told['model'] : request.model;
    costs.add(record.model, told['usage']);
    return answer.text;
  } finally {
    costs.settle(dependencies, call);
    entered?.leave(costs.calls);
  }
}

/** In a function of its own: what starts an answer lives as long as it does, and would keep the request. */
function startOf(
  dependencies: ChatDependencies,
  { owner, access, record }: Omit<Call, 'signal'>,
  request: ForwardedRequest & { model: string },
): ReturnType<MessagesVerb['stream']>['start'] {
  let given: typeof request | undefined = request;
  const take = (): typeof request => {
    const taken = given!;
    given = undefined;
    return taken;
  };
  const told = new StreamUsage(request.model);
  return (signal) => streamMessage(dependencies, { owner, access, record, signal }, { take, told });
}

/** The events of a message. It has the request by `take` alone, since a generator keeps its variables while it waits. */
async function* streamMessage(
  dependencies: ChatDependencies,
  { access, record, signal }: Omit<Call, 'strict'>,
  { take, told }: { take: () => ForwardedRequest; told: StreamUsage },
): AsyncGenerator<string[]> {
  const entered = await dependencies.limits.enter({ access, record }, told.model);
  const costs = new Costs(dependencies);
  try {
    const { answer, headers } = await dependencies.claude.forwardStream(take(), signal);
    record.firstByteMs = performance.now() - record.startedAt;
    record.upstreamHeaders = headers;
    for await (const events of answer) {
      for (const raw of events) told.push(raw);
      record.model = told.model;
      yield events;
    }
    if (!told.complete) throw brokenConnection(new Error('the stream ended without message_stop')).error;
  } finally {
    // Also of a stream that breaks: its tokens are billed all the same.
    costs.add(told.model, told.usage);
    costs.settle(dependencies, { access, record });
    entered?.leave(costs.calls);
  }
}
