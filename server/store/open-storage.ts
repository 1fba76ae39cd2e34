import { closeSync, openSync } from 'node:fs';
import { ConfigError, type StorageSettings } from '../config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { MemoryLedger } from '../ledger/memory-ledger.ts';
import type { Counters } from './counters.ts';
import { MemoryCounters } from './memory-counters.ts';
import { MemoryStorage } from './memory-storage.ts';
import { AesSeal, PLAIN_SEAL } from './seal.ts';
import type { Storage } from './storage.ts';

const SECONDS_A_DAY = 86_400;
/** Maximum bytes of all documents of a process without a file, about. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A file may take this part of a room that is limited, so that others, and what is made of it, find a place as well. */
const PART_OF_ROOM = 8;
/** Maximum bytes of the records of a process without a file, about. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** Where a server stores what outlives its calls. */
export interface Storages {
  /** What was asked and answered; undefined when the operator wants nothing of that to be stored. */
  contents: Storage | undefined;
  /** Maximum bytes of one file there. */
  maxFileBytes: number;
  /** How long what does not say so itself is kept, in seconds. */
  keepSeconds: number;
  /** What has nothing of that, such as whose a batch is. */
  records: Storage;
  /** Projects and keys. In memory they have a place of their own, where no other records make them go. */
  access: Storage;
  /** What calls cost. */
  ledger: Ledger;
  /** What limits count. */
  counters: Counters;
  close(): Promise<void>;
}

/**
 * Opens the storages. Rejects with a `ConfigError` for a file that can't be opened, and for a wrong key.
 *
 * @param onFailure receives what goes wrong later, outside of any call
 */
export async function openStorages(settings: StorageSettings, onFailure: (error: unknown) => void): Promise<Storages> {
  const { place, contents } = settings;
  const keepSeconds = settings.days * SECONDS_A_DAY;
  if (place === 'memory') {
    const records = new MemoryStorage({ keepSeconds, maxBytes: MAX_RECORD_BYTES });
    return {
      contents: contents ? new MemoryStorage({ keepSeconds, maxBytes: MAX_BYTES }) : undefined,
      maxFileBytes: MAX_BYTES / PART_OF_ROOM,
      keepSeconds,
      records,
      access: new MemoryStorage({ keepSeconds, maxBytes: MAX_RECORD_BYTES }),
      ledger: new MemoryLedger(),
      counters: new MemoryCounters(),
      close: () => records.close(),
    };
  }
  const { storage, ledger, counters } = await openFile({ ...settings, place }, keepSeconds, onFailure);
  return {
    contents: contents ? storage : undefined,
    maxFileBytes: (settings.maxBytes ?? Infinity) / PART_OF_ROOM,
    keepSeconds,
    records: storage,
    access: storage,
    ledger,
    counters,
    async close() {
      await ledger.close();
      await storage.close();
    },
  };
}

async function openFile(
  { place: { path }, key, maxBytes, ledgerDays }: StorageSettings & { place: { path: string } },
  keepSeconds: number,
  onFailure: (error: unknown) => void,
): Promise<{ storage: Storage; ledger: Ledger; counters: Counters }> {
  try {
    // Nobody else on the machine may read it; what SQLite puts beside it gets the same rights.
    closeSync(openSync(path, 'a', 0o600));
    // What only a file needs is never loaded without one.
    const { SqliteStorage } = await import('./sqlite-storage.ts');
    const { SqliteLedger } = await import('./sqlite-ledger.ts');
    const { SqliteCounters } = await import('./sqlite-counters.ts');
    const seal = key === undefined ? PLAIN_SEAL : new AesSeal(Buffer.from(key, 'hex'));
    const storage = await SqliteStorage.open({ path, keepSeconds, seal, maxBytes, onFailure });
    return {
      storage,
      ledger: new SqliteLedger(storage.database, { keepSeconds: ledgerDays * SECONDS_A_DAY, onFailure }),
      counters: new SqliteCounters(storage.database, onFailure),
    };
  } catch (cause) {
    // A failure in SQLite's thread may arrive with its code alone.
    const { name, code, message } = cause as { name: string; code?: string; message?: string };
    const fault =
      name === 'WrongKeyError'
        ? `TRESTLE_STORAGE_KEY: ${path} was begun with another key, or without one. Set that key, or another path`
        : `TRESTLE_STORAGE: ${path} can't be opened: ${message ?? code}`;
    throw new ConfigError(`Trestle can't start, the configuration is wrong:\n  ${fault}`, { cause });
  }
}
