import { parseEventId } from '../../shared/event-id.ts';
import type { Answers, AnswerStore, Leaving, OpenAnswer } from '../answers/answer-store.ts';
import type { ReadableAnswer } from '../answers/answer.ts';
import { Answer } from '../answers/answer.ts';
import type { ItemFormat, Numbered } from '../answers/item-format.ts';
import { workerOf } from '../chat/completion-id.ts';
import type { PeerRequest } from './peer-messages.ts';
import type { Peers } from './peers.ts';
import { openRemote, RemoteAnswer } from './remote-answer.ts';

/** The streamed answers of all workers: an id tells whose it is. */
export class SharedAnswers implements Answers {
  readonly #local: AnswerStore;
  readonly #peers: Peers;

  constructor(local: AnswerStore, peers: Peers) {
    this.#local = local;
    this.#peers = peers;
  }

  async find<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    owner: string,
    lastEventId: string,
  ): Promise<OpenAnswer<Kept>> {
    const worker = this.whereIs(lastEventId);
    const asked: PeerRequest = { ask: 'read', format: format.name, owner, lastEventId };
    const remote = worker !== null && (await openRemote(this.#peers, worker, asked, format));
    return remote || this.#local.find(format, owner, lastEventId);
  }

  /** The worker that has an answer, by its id or that of one of its events; null for this one, and for ids of none. */
  whereIs(id: string): number | null {
    const worker = workerOf(parseEventId(id)?.id ?? id);
    return this.#peers.has(worker) ? worker : null;
  }

  attach(answer: ReadableAnswer): void {
    if (answer instanceof Answer) this.#local.attach(answer);
  }

  detach(answer: ReadableAnswer, leaving: Leaving): void {
    if (answer instanceof RemoteAnswer) answer.leave(leaving);
    else this.#local.detach(answer as Answer, leaving);
  }
}
