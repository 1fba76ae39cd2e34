import type { AccessServices } from './access/open-access.ts';
import type { Answers, AnswerStore } from './answers/answer-store.ts';
import type { Requests } from './answers/idempotency.ts';
import type { Verb } from './answers/verb.ts';
import type { Batches } from './batches/batches.ts';
import type { RunningCalls } from './calls/running-calls.ts';
import type { ChatVerb } from './chat/chat-verb.ts';
import type { StoredCompletions } from './chat/stored/stored-completions.ts';
import type { Config } from './config.ts';
import type { Files } from './files/files.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { BatchDependencies, BatchVerb } from './messages/batches.ts';
import type { MessagesVerb } from './messages/messages-verb.ts';
import type { ResponsesDependencies } from './responses/prepare.ts';
import type { ResponsesVerb } from './responses/responses-verb.ts';
import type { RequestLog } from './telemetry/request-log.ts';

/** What every call may use; made once, in app.ts. */
export interface Services extends ResponsesDependencies, BatchDependencies, AccessServices {
  /** Streamed answers of this process. */
  answerStore: AnswerStore;
  /** Streamed answers wherever they are. */
  answers: Answers;
  requests: Requests;
  ledger: Ledger;
  chat: ChatVerb;
  storedCompletions: StoredCompletions;
  files: Files;
  responses: ResponsesVerb;
  messages: MessagesVerb;
  batches: BatchVerb;
  /** OpenAI's batches, of the lines of files. */
  fileBatches: Batches;
  /** All of them, for the processes that answer for one another. */
  verbs: readonly Verb[];
  config: Config;
  /** The number of this process among several; 0 when it is alone. */
  worker: number;
  /** Claude is simulated. */
  demo: boolean;
  runningCalls: RunningCalls;
  log: RequestLog;
}
