import { createApp } from '../app.ts';
import { collectWhenIdle } from './idle-gc.ts';
import type { RunningServer, StartOptions } from './running-server.ts';
import { cannotListen } from './start-error.ts';

/** Runs the server in this process. Throws a `StartError`. */
export async function startSingleProcess(options: StartOptions): Promise<RunningServer> {
  const { host, port } = options.config;
  const app = await createApp(options);
  let url: string;
  try {
    url = await app.listen();
  } catch (thrown) {
    await app.stop(0);
    throw cannotListen(host, port, thrown);
  }
  void app.warm();
  collectWhenIdle();
  return { url, running: () => app.services.runningCalls.size, stop: (gently) => (gently ? app.retire() : app.stop()) };
}
