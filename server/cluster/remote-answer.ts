import { TrestleError } from '../../shared/error.ts';
import type { Leaving } from '../answers/answer-store.ts';
import type { ReadableAnswer } from '../answers/answer.ts';
import type { ItemFormat, Numbered } from '../answers/item-format.ts';
import { type Call, type CallRecord, createCallRecord } from '../calls/call.ts';
import { fromWireError, type PeerAnswer, type PeerAnswers, type PeerRequest } from './peer-messages.ts';
import type { PeerSocket } from './peer-socket.ts';
import type { Peers } from './peers.ts';

/** A streamed answer of another worker, read by one caller of this one. */
export class RemoteAnswer<Kept extends Numbered = Numbered> implements ReadableAnswer<Kept> {
  readonly id: string;
  readonly record: CallRecord;
  readonly #socket: PeerSocket;
  readonly #format: ItemFormat<unknown, Kept>;
  #left = false;

  constructor(socket: PeerSocket, { found }: PeerAnswers['found'], format: ItemFormat<unknown, Kept>) {
    this.id = found.id;
    this.record = { ...createCallRecord(), ...found.record };
    this.#socket = socket;
    this.#format = format;
  }

  /** The number to start with was told when it was opened. */
  async *read(_from: number, signal: Call['signal']): AsyncGenerator<Kept, undefined> {
    for (;;) {
      const message = (await this.#socket.next(signal)) as PeerAnswer | undefined;
      if (signal.aborted) throw signal.reason;
      if (this.#left) return;
      if (message === undefined) throw processEnded();
      if ('record' in message) Object.assign(this.record, message.record);
      if ('error' in message) throw fromWireError(message.error);
      if (!('item' in message)) return;
      yield this.#format.fromWire(message.number, message.item);
    }
  }

  leave(leaving: Leaving): void {
    this.#left = true;
    this.#socket.end({ leaving });
  }
}

/** Opens a streamed answer of another worker. Undefined when that one is gone, or knows nothing of it. */
export async function openRemote<Kept extends Numbered>(
  peers: Peers,
  worker: number,
  request: PeerRequest,
  format: ItemFormat<unknown, Kept>,
): Promise<{ answer: RemoteAnswer<Kept>; from: number } | undefined> {
  const opened = await peers.open(worker, request);
  if (opened === undefined) return undefined;
  const { socket, first } = opened;
  if (!('found' in first)) {
    socket.end();
    return undefined;
  }
  peers.asked += 1;
  return { answer: new RemoteAnswer(socket, first, format), from: first.found.from };
}

/** Waits for a whole answer of another worker, likewise. A caller that leaves is gone there too. */
export async function completeRemote(peers: Peers, worker: number, request: PeerRequest, call: Call): Promise<unknown> {
  const opened = await peers.open(worker, request);
  if (opened === undefined) return undefined;
  const { socket, first } = opened;
  const message = 'accepted' in first ? ((await socket.next(call.signal)) as PeerAnswer | undefined) : first;
  socket.end();
  if (call.signal.aborted) throw call.signal.reason;
  if (message === undefined) throw processEnded();
  if ('record' in message) Object.assign(call.record, message.record);
  if ('error' in message) throw fromWireError(message.error);
  if (!('whole' in message)) return undefined;
  peers.asked += 1;
  return message.whole;
}

function processEnded(): TrestleError {
  return new TrestleError('internal', 'The process that ran this answer has ended; send the request again');
}
