/** Why the server can't start, for the person who started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The error for a port that is taken, or an address that is not this machine's. */
export function cannotListen(host: string, port: number, thrown: unknown): StartError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
  return new StartError(`Trestle can't listen on ${host}:${port}: ${String(code)}`);
}
