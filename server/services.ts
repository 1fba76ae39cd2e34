import type { Answers, AnswerStore } from './answers/answer-store.ts';
import type { Requests } from './answers/idempotency.ts';
import type { RunningCalls } from './calls/running-calls.ts';
import type { ChatVerb } from './chat/chat-verb.ts';
import type { ChatDependencies } from './chat/prepare.ts';
import type { Config } from './config.ts';
import type { RequestLog } from './telemetry/request-log.ts';

/** What every call may use; made once, in app.ts. */
export interface Services extends ChatDependencies {
  /** Streamed answers of this process. */
  answerStore: AnswerStore;
  /** Streamed answers wherever they are. */
  answers: Answers;
  requests: Requests;
  chat: ChatVerb;
  config: Config;
  /** Claude is simulated. */
  demo: boolean;
  runningCalls: RunningCalls;
  log: RequestLog;
}
