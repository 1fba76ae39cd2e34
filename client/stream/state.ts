/** `connecting` until the server has taken the request, `resuming` while a lost connection is made again. */
export type StreamState = 'connecting' | 'open' | 'resuming' | 'closed';

/** The state of a stream's connection, and whoever wants to know of it. */
export class ObservedState {
  #current: StreamState = 'connecting';
  readonly #listeners = new Set<(state: StreamState) => void>();

  get current(): StreamState {
    return this.#current;
  }

  /** Calls the listener with each new state. Returns what ends that. */
  on(listener: (state: StreamState) => void): () => void {
    const own = (state: StreamState): void => listener(state);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  enter(state: StreamState): void {
    if (this.#current === state) return;
    this.#current = state;
    for (const listener of this.#listeners) {
      try {
        listener(state);
      } catch (thrown) {
        // The listener's own mistake must not end the stream, nor be lost.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}
