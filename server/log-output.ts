import { pino } from 'pino';

/** Where the log's lines go. Lines of one turn can be kept together, so that one system call writes all of them. */
export class LogOutput {
  readonly #destination: { write(text: string): unknown };
  #corked = false;
  #waiting = '';

  /** @param destination standard output by default, written at once */
  constructor(destination: { write(text: string): unknown } = pino.destination(1)) {
    this.#destination = destination;
  }

  write(line: string): void {
    if (this.#corked) this.#waiting += line;
    else this.#destination.write(line);
  }

  /** Until {@link uncork}, lines wait. */
  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    const waiting = this.#waiting;
    this.#waiting = '';
    if (waiting !== '') this.#destination.write(waiting);
  }
}

/** Of a logger, or of one of its children; undefined for one that writes for people. */
export function outputOf(logger: pino.Logger): LogOutput | undefined {
  const stream: unknown = (logger as unknown as Record<symbol, unknown>)[pino.symbols.streamSym];
  return stream instanceof LogOutput ? stream : undefined;
}
