import { TrestleError } from '../../shared/error.ts';

/**
 * The storage, or what needs one. Where it is off, throws a 404 whose message begins with `lacks`, such as `This server keeps
 * no files`.
 */
export function requireStorage<T>(storage: T | undefined, lacks: string): T {
  if (storage !== undefined) return storage;
  throw new TrestleError('not_found', `${lacks}: its storage is off`);
}
