import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { Notice } from '../../shared/notice.ts';
import { modelFor } from '../access/model-access.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Call } from '../calls/call.ts';
import type { Spending } from '../calls/spending.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import type { Envelope } from '../claude/answer/to-completion.ts';
import { Notices } from '../claude/notices.ts';
import type { ShownThinking } from '../claude/request/reasoning.ts';
import { checkStore, checkStreamOptions } from '../claude/request/simple-parameters.ts';
import { toClaudeRequest, type Translation } from '../claude/request/to-claude-request.ts';
import type { PriceTable } from '../ledger/price-table.ts';
import type { Claude } from '../upstream/claude.ts';
import type { ModelCatalogue } from './model-catalogue.ts';
import { Outgoing } from './outgoing.ts';
import type { Thinking } from './thinking-memory.ts';

/** What the verbs need from outside. */
export interface ChatDependencies {
  claude: Claude;
  catalogue: ModelCatalogue;
  modelAliases: Readonly<Record<string, string>>;
  memory: Thinking;
  /** Mark the stable prefix of requests for Claude's cache. */
  promptCaching: boolean;
  /** Completions are stored for callers who ask for that. */
  stores: boolean;
  /** What is so for every answer. */
  standingNotices: readonly Notice[];
  /** The id of a new answer, behind a door's own prefix. */
  newId: (prefix: string) => string;
  /** Receives what each answer has cost, once, however many callers read it. */
  spent: (spending: Spending) => void;
  prices: PriceTable;
  limits: RateLimits;
}

/** What is known of a request, of whatever door, when its answer is waited for. */
export interface PreparedCall extends Pick<Translation, 'plan' | 'check' | 'seal' | 'pauses' | 'fallback'> {
  /** Claude's. */
  model: string;
  outgoing: Outgoing;
  notices: Notices;
}

/** What is known of a chat request beside that. */
export interface Prepared extends PreparedCall, Envelope {
  /** How many choices there are to be. */
  choices: number;
  /** The stream is to end with a chunk of the tokens. */
  includeUsage: boolean;
}

/** Everything of a chat request that is done before Claude is called. Throws a 400 or 404 that names the field. */
export function prepareChat(
  dependencies: ChatDependencies,
  call: Omit<Call, 'signal'>,
  request: ChatCompletionRequest,
): Prepared {
  const { translated, notices } = translateChat(dependencies, call, request);
  const choices = request.n ?? 1;
  const outgoing = new Outgoing(translated.request, {
    stream: request.stream === true,
    choices,
    mayChange: translated.fallback !== undefined,
    mayContinue: translated.pauses,
  });
  if (choices > 1) {
    notices.add('n', 'emulated', `${choices} calls to Claude were made, each of them billed`);
    call.record.notices = notices.list();
  }
  return {
    id: dependencies.newId('chatcmpl-'),
    created: unixSeconds(),
    model: translated.request.body.model,
    outgoing,
    choices,
    includeUsage: request.stream_options?.include_usage === true,
    plan: translated.plan,
    check: translated.check,
    seal: translated.seal,
    pauses: translated.pauses,
    fallback: translated.fallback,
    notices,
  };
}

/** A chat request as Claude's, and what was noted on the way. Throws as {@link prepareChat} does. */
export function translateChat(
  dependencies: ChatDependencies,
  call: Omit<Call, 'signal'>,
  request: ChatCompletionRequest,
): { translated: Translation; notices: Notices } {
  const notices = new Notices(call.strict, dependencies.standingNotices);
  checkStreamOptions(request, notices);
  checkStore(request, dependencies.stores, notices);
  return { translated: translateRequest(dependencies, call, request, notices), notices };
}

/** A request in the terms of chat completions as Claude's. Throws a 400 or 404 that names the field. */
export function translateRequest(
  dependencies: ChatDependencies,
  call: Omit<Call, 'signal'>,
  request: ChatCompletionRequest,
  notices: Notices,
  shown?: ShownThinking,
): Translation {
  call.record.model = request.model;
  const model = dependencies.catalogue.withLiveLimits(
    modelFor(call.access, request.model, dependencies.modelAliases, notices),
  );
  const translated = toClaudeRequest(request, {
    model,
    notices,
    promptCaching: dependencies.promptCaching,
    recall: (toolCallId) => dependencies.memory.recall(call.owner, toolCallId),
    shown,
  });
  call.record.notices = notices.list();
  return translated;
}
