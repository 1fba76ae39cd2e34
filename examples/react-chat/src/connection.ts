import type { ChatStream } from 'trestle/client';

type State = ChatStream['state'] | 'idle';

let state: State = 'idle';
const listeners = new Set<() => void>();

/** Follows the connection of the answer that is under way. */
export function followStream(stream: ChatStream): void {
  const enter = (next: State): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  enter(stream.state);
  stream.on('state', enter);
}

/** For `useSyncExternalStore`. */
export function subscribeToConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function connectionState(): State {
  return state;
}
