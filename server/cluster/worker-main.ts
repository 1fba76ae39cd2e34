import { type App, createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { collectWhenIdle } from '../process/idle-gc.ts';
import { cannotListen } from '../process/start-error.ts';
import { createLog } from '../telemetry/request-log.ts';
import { PeerDoor } from './peer-door.ts';
import { ALIVE_EVERY_MS, type Order, type Report, type StartOrder } from './worker-messages.ts';
import { WorkerTeam } from './worker-team.ts';

/** One worker, from its start order to its end. The primary has checked the configuration. */
async function run(start: StartOrder): Promise<void> {
  const config = { ...readConfig(), storage: start.storage };
  const team = new WorkerTeam(start, report);
  const created = create(start, config, team);
  const obey = async (order: Exclude<Order, { order: 'start' }>): Promise<void> => {
    if (order.order === 'claimed') team.owners.claimed(order);
    else if (order.order === 'peers') team.update(order);
    else if (order.order === 'stop') await stop((app) => (order.gently ? app.retire() : app.stop()));
    else {
      const app = await created;
      const isIdle = await app.handOver();
      report({ report: 'drained' });
      if (isIdle) await app.untilReleased();
      await stop((app) => app.stop(isIdle ? undefined : 0));
    }
  };
  let stopping: Promise<void> | undefined;
  const stop = (by: (app: App) => Promise<void>): Promise<void> => (stopping ??= end(by));
  const end = async (by: (app: App) => Promise<void>): Promise<void> => {
    const app = await created;
    await by(app);
    await app.services.log.close();
    report({ report: 'ended', counted: await app.metrics.snapshot() }, () => process.disconnect());
  };
  process.on('message', (order: Order) => {
    if (order.order !== 'start') void obey(order);
  });
  // The primary gets these too, and says what is to be done; alone, they end this worker, and another one is started.
  process.on('SIGTERM', () => void stop((app) => app.retire()));
  process.on('SIGINT', () => void stop((app) => app.stop()));
  process.on('SIGHUP', () => {});
  setInterval(() => report({ report: 'alive' }), ALIVE_EVERY_MS).unref();

  const app = await created;
  const { services, holdings } = app;
  const { owners } = team;
  const door = new PeerDoor({ token: start.token, services, holdings, owners, snapshot: () => app.metrics.snapshot() });
  report({ report: 'door', port: await door.listen() });
  // Only when the others know where to find it may this worker have answers that they are asked for.
  await team.known;
  await team.seed();
  try {
    report({ report: 'listening', url: await app.listen() });
  } catch (thrown) {
    report({ report: 'failed', message: cannotListen(config.host, config.port, thrown).message });
    await stop((app) => app.stop());
    return;
  }
  void app.warm();
  collectWhenIdle();
}

async function create(
  { worker, claude, demo }: StartOrder,
  config: ReturnType<typeof readConfig>,
  team: WorkerTeam,
): Promise<App> {
  const { logger, output } = await createLog({ level: config.logLevel, pretty: process.stdout.isTTY });
  return createApp({ config, claude, log: { logger: logger.child({ worker }), output }, demo, team });
}

function report(message: Report, sent: () => void = () => {}): void {
  // Without the primary this process ends by itself.
  if (process.connected) process.send!(message, sent);
}

process.on('message', (order: Order) => {
  if (order.order === 'start') void run(order.start);
});
report({ report: 'loaded' });
