import type { Limits } from '../../shared/rate-limit.ts';
import { type AppliedLimits, type Caller, configuredCaller, DEFAULT_PROJECT, type Keyring } from '../calls/caller.ts';
import type { Config } from '../config.ts';
import { allDocuments } from '../store/all-documents.ts';
import type { Storage } from '../store/storage.ts';
import { ChangeCount } from './change-count.ts';
import type { KeptKey } from './kept-key.ts';
import { ALL_MODELS, type KeptProject } from './kept-project.ts';
import { type Aliases, idOf } from './model-access.ts';
import { ORGANIZATION } from './organization.ts';

/** How soon a process sees what another one has changed. */
const LOOK_MS = 500;
const PROJECTS = { kind: 'project', owner: ORGANIZATION } as const;
const API_KEYS = { kind: 'api_key', owner: ORGANIZATION } as const;

interface Entry {
  caller: Caller;
  /** Unix seconds. */
  until: number;
}

/**
 * The keys of the configuration and those of the storage, all of them in memory: a call finds its own without waiting. Each
 * process looks twice a second whether another one has changed any.
 */
export class StoredKeyring implements Keyring {
  readonly #config: Pick<Config, 'keys' | 'isLoopback' | 'modelAliases'>;
  readonly #storage: Storage;
  readonly #changes: ChangeCount;
  readonly #onFailure: (error: unknown) => void;
  readonly #looking: NodeJS.Timeout;
  #entries = new Map<string, Entry>();
  #seen: number | undefined;
  #loading: Promise<void> = Promise.resolve();
  #look: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #hasHadKeys = false;

  constructor(
    config: Pick<Config, 'keys' | 'isLoopback' | 'modelAliases'>,
    storage: Storage,
    onFailure: (error: unknown) => void,
  ) {
    this.#config = config;
    this.#storage = storage;
    this.#changes = new ChangeCount(storage);
    this.#onFailure = onFailure;
    this.#looking = setInterval(() => void (this.#look = this.#lookOnce()), LOOK_MS).unref();
  }

  get isOpen(): boolean {
    return this.#config.isLoopback && this.#config.keys.length === 0 && !this.#hasHadKeys;
  }

  find(hash: string): Caller | undefined {
    const entry = this.#entries.get(hash);
    return entry !== undefined && entry.until > Date.now() / 1000 ? entry.caller : undefined;
  }

  /** Reads all keys. Rejects when the storage fails. */
  load(): Promise<void> {
    // One after the other, so that what was read last is what counts.
    const loading = this.#loading.then(() => this.#read());
    this.#loading = loading.catch(() => {});
    return loading;
  }

  /** Has every process see a change. Resolves when this one does. */
  async changed(hasKeys = false): Promise<void> {
    await this.#changes.add(hasKeys);
    await this.load();
  }

  /** Resolves when the storage is left alone. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#look;
    await this.#loading;
  }

  async #lookOnce(): Promise<void> {
    try {
      if ((await this.#changes.read()).count !== this.#seen) await this.load();
      this.#hasFailed = false;
    } catch (error) {
      // The keys that are known go on; the operator is told once.
      if (!this.#hasFailed) this.#onFailure(error);
      this.#hasFailed = true;
    }
  }

  async #read(): Promise<void> {
    const { count, hasHadKeys } = await this.#changes.read();
    const entries = new Map<string, Entry>();
    let ofDefault: readonly AppliedLimits[] = [];
    for await (const { id: projectId, document: project } of allDocuments(this.#storage, PROJECTS)) {
      // Sound: they are what was put there.
      const { archivedAt, limits = {} } = project as KeptProject;
      if (archivedAt !== null) continue;
      const ofProject = toApplied(projectId, limits, this.#config.modelAliases);
      if (projectId === DEFAULT_PROJECT) ofDefault = ofProject;
      for await (const { id, document } of allDocuments(this.#storage, API_KEYS, projectId)) {
        const kept = document as KeptKey;
        const caller = toCaller(id, kept, ofProject, this.#config.modelAliases);
        for (const { hash, until } of kept.secrets)
          entries.set(hash, { caller, until: Math.min(until ?? Infinity, kept.expiresAt ?? Infinity) });
      }
    }
    for (const { id, fingerprint } of this.#config.keys)
      entries.set(id, { caller: configuredCaller(id, fingerprint, ofDefault), until: Infinity });
    this.#entries = entries;
    this.#hasHadKeys = hasHadKeys;
    this.#seen = count;
  }
}

function toApplied(projectId: string, limits: Readonly<Record<string, Limits>>, general: Aliases): AppliedLimits[] {
  return Object.entries(limits).map(([model, each]) => ({
    counter: `project ${projectId} ${model}`,
    name: model === ALL_MODELS ? `project ${projectId}` : `${model} in project ${projectId}`,
    model: model === ALL_MODELS ? null : (idOf(model, general) ?? model),
    limits: each,
  }));
}

function toCaller(
  id: string,
  { projectId, models, aliases, limits }: KeptKey,
  ofProject: readonly AppliedLimits[],
  general: Aliases,
): Caller {
  const names = { ...general, ...aliases };
  const ofKey = limits ? [{ counter: `key ${id}`, name: `API key ${id}`, model: null, limits }] : [];
  return {
    id: projectId,
    fingerprint: id,
    access: {
      keyId: id,
      projectId,
      models: models && models.flatMap((name) => idOf(name, names) ?? []),
      aliases,
      limits: [...ofKey, ...ofProject],
    },
  };
}
