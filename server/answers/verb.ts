import type { Call } from '../calls/call.ts';
import type { CancelSignal } from '../calls/cancellation.ts';
import type { ItemFormat, Numbered } from './item-format.ts';

/** A streamed answer that is ready to start: everything that could refuse it is done. */
export interface PreparedStream {
  /** The answer's id. */
  id: string;
  /** Asks Claude, and gives the items in batches of what came together. Throws what breaks the answer. */
  start: (signal: CancelSignal) => AsyncIterable<unknown[]>;
}

/**
 * What a door asks Claude for, whole or streamed. The requests of all verbs are kept, resumed and joined alike; what
 * they hold, and what they are answered with, is the verb's own.
 */
export interface Verb<Request extends object = object, Whole = unknown, Kept extends Numbered = Numbered> {
  /** Names the verb between processes. */
  readonly name: string;
  readonly format: ItemFormat<unknown, Kept>;
  /** What makes two requests under one key the same; of a verb without it, all that a request holds. */
  identityOf?(request: Request): object;
  /** Throws for a request that has no whole answer, before it can take the place of another under its key. */
  checkWhole(request: Request): void;
  /** A whole answer. Throws, or rejects with, a `TrestleError`. */
  complete(call: Call, request: Request): Promise<Whole>;
  /** For a request that says that it wants a stream. Throws a `TrestleError` that names the field. */
  stream(call: Omit<Call, 'signal'>, request: Request): PreparedStream;
}
