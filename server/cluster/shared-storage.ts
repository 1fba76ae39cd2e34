import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageSettings } from '../config.ts';
import { openStorage } from '../store/open-storage.ts';

/** Maximum bytes of what all workers store together in place of their memories, about. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Where the workers store things. What one of them has in its memory the others can't find, so in place of it they share
 * a file in a temporary folder, which is removed when this process ends. Nobody else has its key. Rejects with a
 * `ConfigError` when the storage can't be opened: here once, and not in each worker.
 */
export async function sharedStorage(settings: StorageSettings): Promise<StorageSettings> {
  const shared = settings.place === 'memory' ? temporaryFile(settings) : settings;
  const storage = await openStorage(shared, () => {});
  await storage?.close();
  return shared;
}

function temporaryFile({ days }: StorageSettings): StorageSettings {
  const folder = mkdtempSync(join(tmpdir(), 'trestle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const place = { path: join(folder, 'storage.db') };
  return { place, days, key: randomBytes(32).toString('hex'), maxBytes: MAX_BYTES };
}
