import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for a storage, and what is on the disk there. */
export interface StorageFile extends AsyncDisposable {
  path: string;
  /** All bytes of the file, and of what SQLite puts beside it. */
  bytes(): Promise<Buffer>;
}

export async function storageFile(): Promise<StorageFile> {
  const folder = await mkdtemp(join(tmpdir(), 'trestle-storage-'));
  return {
    path: join(folder, 'answers.db'),
    async bytes() {
      const names = await readdir(folder);
      return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
