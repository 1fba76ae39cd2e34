import type { Holdings, Shared, Team } from '../team.ts';
import type { Snapshot } from '../telemetry/snapshot.ts';
import { KeyOwners } from './key-owners.ts';
import { Peers } from './peers.ts';
import { SharedAnswers } from './shared-answers.ts';
import { SharedMemory } from './shared-memory.ts';
import { SharedRequests } from './shared-requests.ts';
import type { Order, Report, StartOrder } from './worker-messages.ts';

/** Longest wait for the numbers of another worker; those of one that is busier are left out. */
const GATHER_MS = 1000;

/** One worker's view of the others. */
export class WorkerTeam implements Team {
  readonly worker: number;
  readonly peers: Peers;
  readonly owners: KeyOwners;
  #memory: SharedMemory | undefined;
  #ended: Snapshot = [];
  /** Resolves when the others know this worker. */
  readonly known: Promise<void>;
  #onKnown = (): void => {};

  constructor({ worker, token }: StartOrder, report: (report: Report) => void) {
    this.worker = worker;
    this.known = new Promise((resolve) => (this.#onKnown = resolve));
    this.peers = new Peers(worker, token);
    this.owners = new KeyOwners(worker, report);
  }

  share({ answerStore, requests, memory }: Holdings): Shared {
    const answers = new SharedAnswers(answerStore, this.peers);
    this.#memory = new SharedMemory(memory, this.peers);
    return {
      answers,
      requests: new SharedRequests(requests, answers, this.owners, this.peers),
      memory: this.#memory,
    };
  }

  /** Takes over what every worker holds, for one that has just begun. */
  async seed(): Promise<void> {
    await this.#memory?.seed();
  }

  released(key: string): void {
    this.owners.release(key);
  }

  get asked(): number {
    return this.peers.asked;
  }

  async gather(own: Snapshot): Promise<Snapshot[]> {
    const asked = this.peers.others.map((worker) => this.peers.ask<'metrics'>(worker, { ask: 'metrics' }, GATHER_MS));
    const answers = await Promise.allSettled(asked);
    const others = answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value ? [answer.value.metrics] : [],
    );
    return [own, ...others, this.#ended];
  }

  update({ ports, ended }: Extract<Order, { order: 'peers' }>): void {
    this.peers.update(ports);
    this.#ended = ended;
    if (ports.some(([worker]) => worker === this.worker)) this.#onKnown();
  }
}
