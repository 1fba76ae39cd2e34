import type { BatchEndpoint } from '../../shared/batch.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Notice } from '../../shared/notice.ts';
import { type Call, createCallRecord } from '../calls/call.ts';
import { type Access, configuredCaller } from '../calls/caller.ts';
import { Cancellation } from '../calls/cancellation.ts';
import type { ClaudeMessage } from '../claude/messages-api.ts';
import type { Answered, Claude, WrittenRequest } from '../upstream/claude.ts';
import { ENDPOINTS, type LineDependencies } from './endpoints.ts';
import type { KeptBatch } from './kept-batches.ts';

/** Whose the requests of a batch are, and what was so when it was made. */
export interface LineSettings {
  owner: string;
  access: Access;
  strict: boolean;
  modelAliases: Readonly<Record<string, string>>;
}

/** Those of a batch that is kept. */
export function settingsOf(
  { owner }: Pick<Call, 'owner'>,
  { access = configuredCaller(owner, owner).access, strict, modelAliases }: KeptBatch,
): LineSettings {
  return { owner, access, strict, modelAliases };
}

/** A request of a batch, as the live door reads it. */
interface Asked {
  endpoint: BatchEndpoint;
  request: object;
}

/** A completion or a response. */
type Answer = object & { notices?: Notice[] };
type Complete = (request: WrittenRequest) => Promise<Answered<ClaudeMessage>>;

/** Thrown in place of an answer of Claude's, when its request is all that is wanted. */
const CAPTURED = new Error('captured');

/**
 * A request of a batch as the live door's verb makes it, without asking Claude: the verb runs as always, and sends it
 * to a Claude that only takes it. Rejects with a `TrestleError` that names the field.
 */
export async function translate(
  dependencies: LineDependencies,
  settings: LineSettings,
  asked: Asked,
): Promise<WrittenRequest> {
  let captured: WrittenRequest | undefined;
  const complete: Complete = (written) => {
    captured = written;
    return Promise.reject(CAPTURED);
  };
  try {
    await run({ ...dependencies, spent: () => {} }, settings, complete, asked);
  } catch (thrown) {
    if (thrown !== CAPTURED) throw thrown;
  }
  if (captured === undefined) throw new Error('a request of a batch was answered without Claude');
  return captured;
}

/**
 * What the live door answers when Claude has given this: the same verb runs again, and gets the answer that is there.
 * Rejects with the `TrestleError` that the door would.
 */
export async function answerLine(
  dependencies: LineDependencies,
  settings: LineSettings,
  asked: Asked,
  outcome: ClaudeMessage | TrestleError,
): Promise<object> {
  let isGiven = false;
  const complete: Complete = async () => {
    if (outcome instanceof TrestleError) throw outcome;
    const answer = isGiven ? nothingMore(outcome) : outcome;
    isGiven = true;
    return { answer, headers: {} };
  };
  const answer = await run(dependencies, settings, complete, asked);
  if (!(outcome instanceof TrestleError) && outcome.stop_reason === 'pause_turn')
    answer.notices = [...(answer.notices ?? []), PAUSED];
  return answer;
}

const PAUSED: Notice = {
  param: 'finish_reason',
  action: 'substituted',
  message: 'Claude paused in its own searches, and is not sent on in a batch: the answer is what it said until then',
};

/** Claude has limits of its own for batches, and none of ours are for a line of one. */
const NONE: Access['limits'] = [];

/** How Claude goes on with a message that paused: a batch is not sent on, and has what was said so far. */
function nothingMore({ model }: ClaudeMessage): ClaudeMessage {
  return { model, content: [], stop_reason: 'end_turn', usage: {} };
}

function run(
  dependencies: LineDependencies,
  { owner, access, strict, modelAliases }: LineSettings,
  complete: Complete,
  { endpoint, request }: Asked,
): Promise<Answer> {
  const call: Call = {
    signal: new Cancellation(),
    strict,
    owner,
    access: { ...access, limits: NONE },
    record: createCallRecord(),
  };
  const verb = ENDPOINTS[endpoint].verb({ ...dependencies, modelAliases, claude: answeringBy(complete) });
  return verb.complete(call, request) as Promise<Answer>;
}

function answeringBy(complete: Complete): Claude {
  const never = (): never => {
    throw new Error('a request of a batch asks for a whole answer alone');
  };
  return {
    complete,
    stream: never,
    countTokens: never,
    forward: never,
    forwardStream: never,
    forwardBytes: never,
    models: never,
    close: never,
  };
}
