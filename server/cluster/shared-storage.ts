import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageSettings } from '../config.ts';
import { openStorages } from '../store/open-storage.ts';

/** Maximum bytes of what all workers store together in place of their memories, about. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Where the workers store things. What one of them has in its memory the others can't find, so in place of it they share
 * a file in a temporary folder, which is removed when this process ends. Nobody else has its key. Rejects with a
 * `ConfigError` when the storage can't be opened: here once, and not in each worker.
 */
export async function sharedStorage(settings: StorageSettings): Promise<StorageSettings> {
  // Nothing can be wrong with a file of our own, and to open one takes a thread, and time.
  if (settings.place === 'memory') return temporaryFile(settings);
  const storages = await openStorages(settings, () => {});
  await storages.close();
  return settings;
}

function temporaryFile(settings: StorageSettings): StorageSettings {
  const folder = mkdtempSync(join(tmpdir(), 'trestle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const place = { path: join(folder, 'storage.db') };
  return { ...settings, place, key: randomBytes(32).toString('hex'), maxBytes: MAX_BYTES };
}
