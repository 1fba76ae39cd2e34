import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';
import { METRICS_TYPE, renderSnapshots, type Snapshot } from '../telemetry/snapshot.ts';
import { PUBLIC, route } from './route.ts';

/** What operators and their tools ask for: health, readiness and metrics. */
export function registerOperatorRoutes(
  app: FastifyInstance,
  { catalogue, demo, runningCalls }: Services,
  snapshots: () => Promise<Snapshot[]>,
): void {
  route(
    app,
    'GET',
    '/healthz',
    async (_request, reply) => reply.send({ status: 'ok', ...(demo && { demo: true }) }),
    PUBLIC,
  );
  route(
    app,
    'GET',
    '/readyz',
    async (_request, reply) =>
      runningCalls.draining || runningCalls.leaving
        ? reply.code(503).send({ status: 'draining' })
        : reply.send({
            status: 'ok',
            ...(demo && { demo: true }),
            ...(catalogue.failure !== undefined && { upstream: catalogue.failure }),
          }),
    PUBLIC,
  );
  route(app, 'GET', '/metrics', async (_request, reply) =>
    reply.type(METRICS_TYPE).send(await renderSnapshots(await snapshots())),
  );
}
