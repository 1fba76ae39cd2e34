import type { Job, Outcome } from './job.ts';
import { loadHttp } from './load-http.ts';
import { loadWebSocket } from './load-websocket.ts';

/** A process of its own: runs one job after the other and tells what came of each. */
process.on('message', (job: Job) => {
  const run = job.transport === 'websocket' ? loadWebSocket : loadHttp;
  run(job).then(
    (outcome: Outcome) => process.send!(outcome),
    (thrown: unknown) => process.send!({ failure: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit());
process.send!({ port: null });
