import type { ChatCancelRequest } from '../../shared/chat-request.ts';
import type { OpenAnswer } from '../answers/answer-store.ts';
import type { RepeatedRequests, Requests, StreamAsked } from '../answers/idempotency.ts';
import type { ItemFormat, Numbered } from '../answers/item-format.ts';
import { keyOf } from '../answers/request-key.ts';
import type { Verb } from '../answers/verb.ts';
import type { Call } from '../calls/call.ts';
import type { KeyOwners } from './key-owners.ts';
import type { PeerRequest, RemoteCall } from './peer-messages.ts';
import type { Peers } from './peers.ts';
import { completeRemote, openRemote } from './remote-answer.ts';
import type { SharedAnswers } from './shared-answers.ts';

/** Longest wait for another worker to say that it has ended an answer. */
const CANCEL_MS = 2000;

/** Requests that may repeat one that another worker answers. */
export class SharedRequests implements Requests {
  readonly #local: RepeatedRequests;
  readonly #answers: SharedAnswers;
  readonly #owners: KeyOwners;
  readonly #peers: Peers;

  constructor(local: RepeatedRequests, answers: SharedAnswers, owners: KeyOwners, peers: Peers) {
    this.#local = local;
    this.#answers = answers;
    this.#owners = owners;
    this.#peers = peers;
  }

  async stream<Request extends object, Kept extends Numbered>(
    verb: Verb<Request, unknown, Kept>,
    call: Omit<Call, 'signal'>,
    asked: StreamAsked<Request>,
  ): Promise<OpenAnswer<Kept>> {
    const here = (): OpenAnswer<Kept> => this.#local.stream(verb, call, asked);
    const message: PeerRequest = { ask: 'stream', verb: verb.name, call: toRemoteCall(call), asked };
    if (asked.lastEventId) {
      const worker = this.#answers.whereIs(asked.lastEventId);
      return (worker !== null && (await openRemote(this.#peers, worker, message, verb.format))) || here();
    }
    if (call.idempotencyKey === undefined) return here();
    const key = keyOf(call.owner, call.idempotencyKey);
    return this.#owners.run<OpenAnswer<Kept>>(
      key,
      here,
      (worker) => openRemote(this.#peers, worker, message, verb.format),
      () => this.#local.knows(key),
    );
  }

  async complete<Request extends object, Whole>(
    verb: Verb<Request, Whole>,
    call: Call,
    request: Request,
  ): Promise<Whole> {
    const here = (): Promise<Whole> => this.#local.complete(verb, call, request);
    if (call.idempotencyKey === undefined) return here();
    const key = keyOf(call.owner, call.idempotencyKey);
    const message: PeerRequest = { ask: 'complete', verb: verb.name, call: toRemoteCall(call), request };
    return this.#owners.run(
      key,
      here,
      // Sound: the other worker answered with the same verb.
      (worker) => completeRemote(this.#peers, worker, message, call) as Promise<Whole | undefined>,
      () => this.#local.knows(key),
    );
  }

  async resume<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    owner: string,
    idempotencyKey: string,
  ): Promise<OpenAnswer<Kept>> {
    const worker = await this.#owners.find(keyOf(owner, idempotencyKey));
    const message: PeerRequest = { ask: 'readNamed', format: format.name, owner, idempotencyKey };
    const isElsewhere = worker !== null && worker !== this.#peers.me;
    const remote = isElsewhere && (await openRemote(this.#peers, worker, message, format));
    return remote || this.#local.resume(format, owner, idempotencyKey);
  }

  /** Among the workers, only this one knows: it would cost a round trip for each such request. */
  abandon(owner: string, digest: string, id: string): void {
    this.#local.abandon(owner, digest, id);
  }

  async cancel(call: Pick<Call, 'owner'>, request: ChatCancelRequest): Promise<boolean> {
    const { id, idempotencyKey } = request;
    const worker = id
      ? this.#answers.whereIs(id)
      : idempotencyKey
        ? await this.#owners.find(keyOf(call.owner, idempotencyKey))
        : null;
    if (worker === null || worker === this.#peers.me) return this.#local.cancel(call, request);
    const message: PeerRequest = { ask: 'cancel', call: { owner: call.owner }, request };
    const answer = await this.#peers.ask<'cancelled'>(worker, message, CANCEL_MS);
    return answer?.cancelled ?? false;
  }
}

function toRemoteCall({ owner, access, strict, idempotencyKey }: RemoteCall): RemoteCall {
  return { owner, access, strict, idempotencyKey };
}
