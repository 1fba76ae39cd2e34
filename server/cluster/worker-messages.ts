import type { StorageSettings } from '../config.ts';
import type { Snapshot } from '../telemetry/snapshot.ts';
import type { Claim } from './claims.ts';

/** What the primary tells a worker it has just forked. */
export interface StartOrder {
  worker: number;
  /** Proves to a worker that it is another one that connects. */
  token: string;
  claude: { baseUrl: string; authorization: { apiKey: string } | { authToken: string } };
  demo: boolean;
  storage: StorageSettings;
}

/** Milliseconds between two signs of life of a worker. */
export const ALIVE_EVERY_MS = 1000;

/** From the primary to a worker. */
export type Order =
  | { order: 'start'; start: StartOrder }
  /** Where each worker's private door is, and what ended workers have counted. */
  | { order: 'peers'; ports: [worker: number, port: number][]; ended: Snapshot }
  | { order: 'claimed'; claim: number; held: Claim | null }
  /** Another worker has taken its place: let callers go over to it, then end. */
  | { order: 'retire' }
  | { order: 'stop'; gently: boolean };

/** From a worker to the primary. */
export type Report =
  /** Its program is loaded, and takes orders. */
  | { report: 'loaded' }
  /** Its event loop turns; see `ALIVE_EVERY_MS`. */
  | { report: 'alive' }
  | { report: 'door'; port: number }
  | { report: 'listening'; url: string }
  | { report: 'failed'; message: string }
  /** Asks who answers the requests under a key; `take` makes it this worker, unless it is had in another turn than `stale`. */
  | { report: 'claim'; claim: number; key: string; take: boolean; stale: number | null }
  | { report: 'release'; key: string }
  /** Retired, and nothing runs here any more; what was answered may still be read for a while. */
  | { report: 'drained' }
  | { report: 'ended'; counted: Snapshot };
