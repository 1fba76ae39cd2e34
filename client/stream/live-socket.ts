import { LIVENESS } from '../../shared/liveness.ts';
import { SilenceWatch } from '../../shared/silence-watch.ts';
import type { WebSocketClass } from './web-socket.ts';

/** Until a socket is open, in milliseconds. A network that swallows the handshake never refuses it. */
const OPEN_WITHIN_MS = 6000;
const CLOSED = 3;
/** An answer to PING, which the server takes at any time. */
const STILL_HERE = 'PONG';

/** What the sockets of browsers and of `ws` have in common. */
interface Socket {
  readonly readyState: number;
  binaryType: string;
  send(data: string): void;
  close(): void;
  /** `ws` alone has it. */
  terminate?(): void;
  addEventListener(type: string, listener: (event: object) => void): void;
}

type Listener = (event: object) => void;

export interface LiveSocketEvents {
  /** A socket is being opened. */
  onCreate(): void;
  /** Something came over it. */
  onHeard(): void;
}

/** A class for tRPC's client. */
export function liveSockets(Base: WebSocketClass, events: LiveSocketEvents): WebSocketClass {
  return class extends LiveSocket {
    constructor(url: string) {
      events.onCreate();
      super(new Base(url) as Socket, () => events.onHeard());
    }
  };
}

/**
 * A WebSocket that notices when the other side has fallen silent, and then is closed at once. `close()`, as tRPC's own
 * keep-alive calls it, waits for the other side for up to a minute, and browsers have nothing else.
 */
class LiveSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = CLOSED;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = CLOSED;
  readonly #socket: Socket;
  readonly #listeners = new Map<string, Set<Listener>>();
  #abandoned = false;
  #watch: SilenceWatch;
  #sayings: ReturnType<typeof setInterval> | undefined;

  constructor(socket: Socket, onHeard: () => void) {
    this.#socket = socket;
    this.#watch = new SilenceWatch(OPEN_WITHIN_MS, () => this.#abandon('was not open in time'));
    socket.addEventListener('open', (event) => {
      this.#rest();
      this.#watch = new SilenceWatch(LIVENESS.silence, () => this.#abandon('fell silent'));
      // Where much comes down slowly, answers to the server's PINGs are late.
      this.#sayings = setInterval(() => socket.send(STILL_HERE), LIVENESS.sayEvery);
      this.#tell('open', event);
    });
    socket.addEventListener('message', (event) => {
      this.#watch.heard();
      onHeard();
      this.#tell('message', event);
    });
    socket.addEventListener('error', (event) => this.#tell('error', event));
    socket.addEventListener('close', (event) => {
      this.#rest();
      this.#tell('close', event);
    });
  }

  get readyState(): number {
    return this.#abandoned ? CLOSED : this.#socket.readyState;
  }

  set binaryType(type: string) {
    this.#socket.binaryType = type;
  }

  addEventListener(type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  send(data: string): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.close();
  }

  #tell(type: string, event: object): void {
    if (this.#abandoned) return;
    // tRPC's listeners are functions of their socket.
    for (const listener of this.#listeners.get(type) ?? []) listener.call(this, event);
  }

  #rest(): void {
    this.#watch.stop();
    clearInterval(this.#sayings);
  }

  #abandon(why: string): void {
    this.#rest();
    const event = { type: 'close', code: 1006, reason: `the connection ${why}` };
    // A socket that has not opened fails like any other connection that can't be made.
    this.#tell('error', { type: 'error', message: event.reason });
    this.#tell('close', event);
    this.#abandoned = true;
    if (this.#socket.terminate) this.#socket.terminate();
    else this.#socket.close();
  }
}
