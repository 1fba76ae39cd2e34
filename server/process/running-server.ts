import type { AppOptions } from '../app.ts';

export type StartOptions = Omit<AppOptions, 'team'>;

/** The server, in one process or in several. */
export interface RunningServer {
  url: string;
  /** Calls under way; undefined where that is not known. */
  running(): number | undefined;
  /** Lets running calls finish, until the deadline; gently, so that others who ask for its health notice in time. */
  stop(gently: boolean): Promise<void>;
}
