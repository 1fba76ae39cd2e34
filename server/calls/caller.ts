import type { Limits } from '../../shared/rate-limit.ts';

/** Limits that hold for all calls of a key, or of a project. */
export interface AppliedLimits {
  /** Names what is counted. */
  counter: string;
  /** What they are of, for people. */
  name: string;
  /** The only model that they are for; null for all models together. */
  model: string | null;
  limits: Limits;
}

/** What a caller may, and on whose account. Plain JSON, which goes from process to process with a call. */
export interface Access {
  /** The id of the key, by which the ledger has what it spent. */
  keyId: string;
  projectId: string;
  /** Ids of the only models that it may use; null for all. */
  models: readonly string[] | null;
  /** Names of models beside those of the server, over which they win. */
  aliases: Readonly<Record<string, string>>;
  /** All of them hold. */
  limits: readonly AppliedLimits[];
}

/** Who calls; the key itself is kept nowhere. */
export interface Caller {
  /** Owns what is kept for this caller: the id of a project, or of a key that has what it keeps for itself. */
  id: string;
  /** Names the key in the log. */
  fingerprint: string;
  access: Access;
}

/** The keys that callers may present. */
export interface Keyring {
  /** Whether everybody may call: there are no keys, and the server can't be reached from elsewhere. */
  readonly isOpen: boolean;
  /** The caller with the key that has this SHA-256 in hex, if it is valid now. */
  find(hash: string): Caller | undefined;
}

/** The project of callers whose keys are not in the storage. */
export const DEFAULT_PROJECT = 'default';

/** A caller whose key is in the configuration. What it keeps is its own. */
export function configuredCaller(id: string, fingerprint: string, limits: Access['limits'] = []): Caller {
  return { id, fingerprint, access: { keyId: id, projectId: DEFAULT_PROJECT, models: null, aliases: {}, limits } };
}
