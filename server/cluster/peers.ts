import { once } from 'node:events';
import { connect } from 'node:net';
import { type PeerAnswer, type PeerAnswers, type PeerRequest, fromWireError } from './peer-messages.ts';
import { PeerSocket } from './peer-socket.ts';

/** A worker that begins waits no longer than this for what another one knows. */
const SEED_MS = 2000;

/** The other workers, as one of them reaches them: each has a private door on loopback. */
export class Peers {
  readonly me: number;
  readonly #token: string;
  #ports = new Map<number, number>();
  /** Answers that other workers have given to callers of this one. */
  asked = 0;

  constructor(me: number, token: string) {
    this.me = me;
    this.#token = token;
  }

  update(ports: Iterable<[worker: number, port: number]>): void {
    this.#ports = new Map(ports);
    this.#ports.delete(this.me);
  }

  /** Their numbers, the oldest first. */
  get others(): number[] {
    return [...this.#ports.keys()];
  }

  has(worker: number): boolean {
    return this.#ports.has(worker);
  }

  /** Asks a worker; the rest of its answer is read from the socket. Undefined when it is gone. Throws its failure. */
  async open(worker: number, request: PeerRequest): Promise<{ socket: PeerSocket; first: PeerAnswer } | undefined> {
    const port = this.#ports.get(worker);
    if (port === undefined) return undefined;
    const connection = connect(port, '127.0.0.1');
    const socket = new PeerSocket(connection, true);
    try {
      await once(connection, 'connect');
    } catch {
      return undefined;
    }
    await socket.send({ token: this.#token });
    await socket.send(request);
    const first = (await socket.next()) as PeerAnswer | undefined;
    if (first === undefined) return undefined;
    if ('error' in first) {
      socket.end();
      throw fromWireError(first.error);
    }
    return { socket, first };
  }

  /** Asks for one thing, at most so long. Undefined when the worker is gone, or lets us wait. */
  async ask<K extends keyof PeerAnswers>(
    worker: number,
    request: PeerRequest,
    milliseconds: number,
  ): Promise<PeerAnswers[K] | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, milliseconds, undefined);
    });
    const asked = this.open(worker, request);
    void asked.then((opened) => opened?.socket.end()).catch(() => {});
    try {
      const opened = await Promise.race([asked, late]);
      return opened?.first as PeerAnswers[K] | undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks all others, and resolves when each has answered, is gone, or has taken so long. */
  async askAll(request: PeerRequest, milliseconds: number): Promise<void> {
    await Promise.allSettled(this.others.map((worker) => this.ask(worker, request, milliseconds)));
  }

  /** Reads what the longest-running worker lists, one message after the other, for one that has just begun. */
  async *listOfOldest(request: PeerRequest): AsyncGenerator<object> {
    const [oldest] = this.others;
    if (oldest === undefined) return;
    const opened = await this.open(oldest, request).catch(() => undefined);
    if (opened === undefined) return;
    const late = AbortSignal.timeout(SEED_MS);
    const { first, socket } = opened;
    try {
      for (let message: object | undefined = first; message; message = await socket.next(late)) yield message;
    } finally {
      socket.end();
    }
  }
}
