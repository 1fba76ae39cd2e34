import { closeSync, openSync } from 'node:fs';
import { ConfigError, type StorageSettings } from '../config.ts';
import { MemoryStorage } from './memory-storage.ts';
import { AesSeal, PLAIN_SEAL } from './seal.ts';
import type { Storage } from './storage.ts';

const SECONDS_A_DAY = 86_400;

/**
 * Opens the storage; undefined when the operator wants nothing to be stored. Throws a `ConfigError` for a file that can't
 * be opened, and for a wrong key.
 *
 * @param onFailure receives what goes wrong later, outside of any call
 */
export async function openStorage(
  { place, days, key, maxBytes }: StorageSettings,
  onFailure: (error: unknown) => void,
): Promise<Storage | undefined> {
  const keepSeconds = days * SECONDS_A_DAY;
  if (place === 'off') return undefined;
  if (place === 'memory') return new MemoryStorage({ keepSeconds });
  const { path } = place;
  try {
    // Nobody else on the machine may read it; what SQLite puts beside it gets the same rights.
    closeSync(openSync(path, 'a', 0o600));
    // What only a file needs is never loaded without one.
    const { SqliteStorage } = await import('./sqlite-storage.ts');
    const seal = key === undefined ? PLAIN_SEAL : new AesSeal(Buffer.from(key, 'hex'));
    return await SqliteStorage.open({ path, keepSeconds, seal, maxBytes, onFailure });
  } catch (cause) {
    const { name, message } = cause as Error;
    const fault =
      name === 'WrongKeyError'
        ? `TRESTLE_STORAGE_KEY: ${path} was begun with another key, or without one. Set that key, or another path`
        : `TRESTLE_STORAGE: ${path} can't be opened: ${message}`;
    throw new ConfigError(`Trestle can't start, the configuration is wrong:\n  ${fault}`, { cause });
  }
}
