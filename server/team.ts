import type { Answers, AnswerStore } from './answers/answer-store.ts';
import type { RepeatedRequests, Requests } from './answers/idempotency.ts';
import type { Thinking, ThinkingMemory } from './chat/thinking-memory.ts';
import type { Snapshot } from './telemetry/snapshot.ts';

/** What one process holds by itself. */
export interface Holdings {
  answerStore: AnswerStore;
  requests: RepeatedRequests;
  memory: ThinkingMemory;
}

/** The same, with what the other processes hold. */
export interface Shared {
  answers: Answers;
  requests: Requests;
  memory: Thinking;
}

/** The other processes of a server that runs in several; see cluster/. */
export interface Team {
  /** This process's number, from 1. */
  readonly worker: number;
  /** The same, with what the others hold. */
  share(holdings: Holdings): Shared;
  /** A key that this process no longer answers. */
  released(key: string): void;
  /** Answers of other processes that were read here. */
  readonly asked: number;
  /** The numbers of all processes, those that have ended included, given this one's. */
  gather(own: Snapshot): Promise<Snapshot[]>;
}
