import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCancelRequest, ChatCompletionRequest, ChatStreamRequest } from '../../shared/chat-request.ts';
import type { Call } from '../calls/call.ts';
import type { OpenAnswer } from '../answers/answer-store.ts';
import type { ChatDependencies } from '../chat/prepare.ts';
import { keyOf, type RepeatedRequests, type Requests } from '../answers/idempotency.ts';
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

  async stream(
    dependencies: ChatDependencies,
    call: Omit<Call, 'signal'>,
    request: ChatStreamRequest,
  ): Promise<OpenAnswer> {
    const here = (): OpenAnswer => this.#local.stream(dependencies, call, request);
    const asked: PeerRequest = { ask: 'stream', call: toRemoteCall(call), request };
    const { lastEventId } = request;
    const idempotencyKey = request.idempotencyKey ?? call.idempotencyKey;
    if (lastEventId) {
      const worker = this.#answers.whereIs(lastEventId);
      return (worker !== null && (await openRemote(this.#peers, worker, asked))) || here();
    }
    if (idempotencyKey === undefined) return here();
    const key = keyOf(call.owner, idempotencyKey);
    return this.#owners.run<OpenAnswer>(
      key,
      here,
      (worker) => openRemote(this.#peers, worker, asked),
      () => this.#local.knows(key),
    );
  }

  async complete(dependencies: ChatDependencies, call: Call, request: ChatCompletionRequest): Promise<ChatCompletion> {
    const here = (): Promise<ChatCompletion> => this.#local.complete(dependencies, call, request);
    if (call.idempotencyKey === undefined) return here();
    const key = keyOf(call.owner, call.idempotencyKey);
    const asked: PeerRequest = { ask: 'complete', call: toRemoteCall(call), request };
    return this.#owners.run(
      key,
      here,
      (worker) => completeRemote(this.#peers, worker, asked, call),
      () => this.#local.knows(key),
    );
  }

  async resume(owner: string, idempotencyKey: string): Promise<OpenAnswer> {
    const worker = await this.#owners.find(keyOf(owner, idempotencyKey));
    const asked: PeerRequest = { ask: 'readNamed', owner, idempotencyKey };
    const isElsewhere = worker !== null && worker !== this.#peers.me;
    return (isElsewhere && (await openRemote(this.#peers, worker, asked))) || this.#local.resume(owner, idempotencyKey);
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
    const remote: RemoteCall = { owner: call.owner, strict: false };
    const answer = await this.#peers.ask<'cancelled'>(worker, { ask: 'cancel', call: remote, request }, CANCEL_MS);
    return answer?.cancelled ?? false;
  }
}

function toRemoteCall({ owner, strict, idempotencyKey }: RemoteCall): RemoteCall {
  return { owner, strict, idempotencyKey };
}
