import { TrestleError } from '../../shared/error.ts';

/** The server's transformer for what is plain JSON, and the contract is: superjson would be a sixth of the client. */
export const plainJson = {
  serialize: (json: unknown) => ({ json }),
  deserialize: ({ json }: { json: unknown }) => json,
};

/** Throws for what JSON has no form for, which would fail in the middle of a transport. */
export function checkJson(request: object): void {
  try {
    JSON.stringify(request);
  } catch (cause) {
    throw new TrestleError('invalid_value', 'The request holds a value for which JSON has no form', { cause });
  }
}
