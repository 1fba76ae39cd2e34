import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Leaving, OpenAnswer } from '../answers/answer-store.ts';
import type { ItemFormat } from '../answers/item-format.ts';
import { keyOf } from '../answers/request-key.ts';
import type { Verb } from '../answers/verb.ts';
import { createCallRecord } from '../calls/call.ts';
import { failureOf } from '../calls/cancellation.ts';
import type { Services } from '../services.ts';
import type { Holdings } from '../team.ts';
import type { Snapshot } from '../telemetry/snapshot.ts';
import type { KeyOwners } from './key-owners.ts';
import {
  type LastWord,
  type PeerAnswer,
  type PeerRequest,
  toWireError,
  toWireRecord,
  type WireRecord,
} from './peer-messages.ts';
import { PeerSocket } from './peer-socket.ts';

/** Milliseconds for a peer that connects to say who it is. */
const HELLO_MS = 5000;

export interface PeerDoorOptions {
  token: string;
  services: Services;
  holdings: Holdings;
  owners: KeyOwners;
  /** The numbers of this worker. */
  snapshot: () => Promise<Snapshot>;
}

/** Where the other workers reach what this one holds: on loopback, for those who know the token. */
export class PeerDoor {
  readonly #options: PeerDoorOptions;
  readonly #server: Server;

  constructor(options: PeerDoorOptions) {
    this.#options = options;
    this.#server = createServer(
      (socket) => void this.#serve(new PeerSocket(socket, false)).catch(() => socket.destroy()),
    );
  }

  /** Resolves to its port. */
  async listen(): Promise<number> {
    // Otherwise node:cluster would share the port with the other workers.
    this.#server.listen({ host: '127.0.0.1', port: 0, exclusive: true });
    await once(this.#server, 'listening');
    this.#server.unref();
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }

  async #serve(socket: PeerSocket): Promise<void> {
    const silent = setTimeout(() => socket.end(), HELLO_MS);
    const hello: { token?: unknown } | undefined = await socket.next();
    socket.isTrusted = this.#isPeer(hello?.token);
    const request = socket.isTrusted ? await socket.next() : undefined;
    clearTimeout(silent);
    if (request === undefined) return socket.end();
    const answer = (message: PeerAnswer): Promise<void> => socket.send(message);
    try {
      await this.#answer(request as PeerRequest, socket, answer);
    } catch (thrown) {
      await answer({ error: toWireError(thrown) });
    }
    socket.end();
  }

  async #answer(
    request: PeerRequest,
    socket: PeerSocket,
    answer: (message: PeerAnswer) => Promise<void>,
  ): Promise<void> {
    const { services, snapshot } = this.#options;
    const { answerStore, requests, memory } = this.#options.holdings;
    switch (request.ask) {
      case 'read': {
        const format = this.#formatOf(request.format);
        return this.#stream(socket, format, () => answerStore.find(format, request.owner, request.lastEventId));
      }
      case 'readNamed': {
        const format = this.#formatOf(request.format);
        return this.#stream(socket, format, () => requests.resume(format, request.owner, request.idempotencyKey));
      }
      case 'stream': {
        const { call, asked } = request;
        const verb = this.#verbOf(request.verb);
        if (!asked.lastEventId && !(await this.#knows(call.owner, call.idempotencyKey)))
          return answer({ unknown: true });
        const record = createCallRecord();
        return this.#stream(socket, verb.format, () => requests.stream(verb, { ...call, record }, asked));
      }
      case 'complete': {
        const { call, request: asked } = request;
        if (!(await this.#knows(call.owner, call.idempotencyKey))) return answer({ unknown: true });
        using running = services.runningCalls.enter(socket.closed);
        await answer({ accepted: true });
        const record = createCallRecord();
        const verb = this.#verbOf(request.verb);
        const whole = requests.complete(verb, { ...call, record, signal: running.signal }, asked);
        return answer({ whole: await whole, record: toWireRecord(record) });
      }
      case 'cancel':
        return answer({ cancelled: requests.cancel(request.call, request.request) });
      case 'keep':
        memory.keep(request.kept.owner, request.kept.seal, request.kept.answer);
        return answer({ done: true });
      case 'memory':
        for (const kept of memory.all()) await answer({ kept });
        return;
      case 'metrics':
        return answer({ metrics: await snapshot() });
    }
  }

  /** Reads an answer of this worker for a caller of another one, who leaves by a last word. */
  async #stream(socket: PeerSocket, format: ItemFormat, open: () => OpenAnswer): Promise<void> {
    const { runningCalls, answers } = this.#options.services;
    const gone = new AbortController();
    using running = runningCalls.enter(gone.signal);
    const { answer, from } = open();
    answers.attach(answer);
    let leaving: Leaving = 'lost';
    let hasLeft = false;
    const left = (async (): Promise<void> => {
      const word = (await socket.next()) as LastWord | undefined;
      if (word) leaving = word.leaving;
      hasLeft = true;
      gone.abort();
    })();
    const record = (): WireRecord => toWireRecord(answer.record);
    try {
      // From here on it has a reader: one that leaves meanwhile does not end it.
      const items = answer.read(from, running.signal);
      await socket.send({ found: { id: answer.id, from, record: record() } } satisfies PeerAnswer);
      let first = true;
      for await (const kept of items) {
        const { number } = kept;
        await socket.send({
          number,
          item: format.toWire(kept),
          ...(first && { record: record() }),
        } satisfies PeerAnswer);
        first = false;
      }
      await socket.send({ end: true, record: record() } satisfies PeerAnswer);
    } catch (thrown) {
      // Also of a server that stops: its caller is told why.
      if (!hasLeft)
        await socket.send({
          error: toWireError(failureOf(thrown, running.signal)),
          record: record(),
        } satisfies PeerAnswer);
    } finally {
      // What its caller read last is known only when it has said so.
      await left;
      answers.detach(answer, leaving);
    }
  }

  /** Workers run the same program, and so have the same verbs. */
  #verbOf(name: string): Verb {
    // Sound: what another worker asks of a verb, it has asked of its own.
    return this.#options.services.verbs.find((verb) => verb.name === name)!;
  }

  #formatOf(name: string): ItemFormat {
    return this.#options.services.verbs.find(({ format }) => format.name === name)!.format;
  }

  /** Whether a request under this key runs here, or was answered. */
  async #knows(owner: string, idempotencyKey: string | null | undefined): Promise<boolean> {
    const key = keyOf(owner, idempotencyKey);
    await this.#options.owners.settled(key);
    return this.#options.holdings.requests.knows(key);
  }

  #isPeer(token: unknown): boolean {
    const [theirs, ours] = [Buffer.from(String(token)), Buffer.from(this.#options.token)];
    return theirs.length === ours.length && timingSafeEqual(theirs, ours);
  }
}
