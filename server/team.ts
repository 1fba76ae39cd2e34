import type { Answers, AnswerStore } from './answers/answer-store.ts';
import type { RepeatedRequests, Requests } from './answers/idempotency.ts';
import type { Thinking, ThinkingMemory } from './chat/thinking-memory.ts';
import type { Series } from './telemetry/series.ts';

/** What one process holds by itself. */
export interface Holdings {
  answerStore: AnswerStore;
  requests: RepeatedRequests;
  memory: ThinkingMemory;
}

/** The other processes of a server that runs in several; see cluster/. */
export interface Team {
  /** This process's number, from 1. */
  readonly worker: number;
  /** The same, with what the others hold. */
  share(holdings: Holdings): { answers: Answers; requests: Requests; memory: Thinking };
  /** A key that this process no longer answers. */
  released(key: string): void;
  /** What has been counted here of the others. */
  totals(): Series;
  /** The numbers of all processes together, given this one's. */
  gather(own: Series): Promise<Series>;
}
