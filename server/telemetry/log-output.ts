import { DroppingOutput } from './dropping-output.ts';

export interface LogDestination {
  write(text: string): unknown;
  readonly dropped?: number;
  close?(): Promise<void>;
}

/** Where the log's lines go. Lines of one turn can be kept together, so that one system call writes all of them. */
export class LogOutput {
  readonly #destination: LogDestination;
  #corked = false;
  #waiting = '';

  /** @param destination standard output by default */
  constructor(destination: LogDestination = new DroppingOutput(1)) {
    this.#destination = destination;
  }

  /** Texts that could not be written. */
  get dropped(): number {
    return this.#destination.dropped ?? 0;
  }

  /** Resolves when all is written, or given up. */
  async close(): Promise<void> {
    await this.#destination.close?.();
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
