import { TrestleError } from '../../shared/error.ts';

/** The storage, or what stands on it. Throws a 404 where it is off, which begins with `lacks`, such as `This server keeps no files`. */
export function requireStorage<T>(storage: T | undefined, lacks: string): T {
  if (storage !== undefined) return storage;
  throw new TrestleError('not_found', `${lacks}: its storage is off`);
}
