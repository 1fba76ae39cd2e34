import { type ReactNode, useSyncExternalStore } from 'react';
import { connectionState, subscribeToConnection } from './connection.ts';

const LABELS = {
  idle: 'Ready',
  connecting: 'Connecting…',
  open: 'Streaming',
  resuming: 'Connection lost, resuming…',
  closed: 'Ready',
};

/** What the connection of the running answer is up to. */
export function ConnectionBadge(): ReactNode {
  const state = useSyncExternalStore(subscribeToConnection, connectionState);
  return (
    <output className="badge" data-state={state}>
      {LABELS[state]}
    </output>
  );
}
