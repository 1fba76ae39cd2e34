import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { ModelCatalogue } from './chat/model-catalogue.ts';
import { ThinkingMemory } from './chat/thinking-memory.ts';
import { Generations } from './chat/generations.ts';
import { RepeatedRequests } from './chat/repeated-requests.ts';
import type { Config } from './config.ts';
import type { Services } from './context.ts';
import { createHttpServer } from './http.ts';
import { Lifecycle } from './lifecycle.ts';
import { OpenSockets } from './open-sockets.ts';
import { RequestLog } from './request-log.ts';
import { registerDocsPage } from './rest/docs-page.ts';
import { createOpenApiDocument } from './rest/openapi-document.ts';
import { registerRestRoutes, route } from './rest/routes.ts';
import { ClaudeClient } from './upstream/claude-client.ts';
import { VERSION } from './version.ts';
import { attachWebSocket } from './websocket.ts';

/** How far Claude may be ahead of a slow reader. */
const AHEAD_BYTES = 1024 * 1024;

export interface AppOptions {
  config: Config;
  /** Where Claude answers: the real one, a fake one, or the simulated one. */
  claude: { baseUrl: string; authorization: { apiKey: string } | { authToken: string } };
  logger: Logger;
  /** Whether Claude is simulated. */
  demo: boolean;
}

export interface App {
  http: FastifyInstance;
  services: Services;
  /** Starts to listen; resolves to the URL. */
  listen(): Promise<string>;
  /** Turns new calls away, lets running ones finish until the deadline, then closes everything. */
  stop(deadlineMs?: number): Promise<void>;
}

/** How long a reader may take for what was already answered when the server stops. */
const LAST_BYTES_MS = 2000;

/** Wires everything; the only place that does. */
export async function createApp({ config, claude: target, logger, demo }: AppOptions): Promise<App> {
  const { upstreamTimeoutMs, idleTimeoutMs, maxRetries } = config;
  const claude = new ClaudeClient({ ...target, upstreamTimeoutMs, idleTimeoutMs, maxRetries });
  const lifecycle = new Lifecycle();
  const generations = new Generations({ ...config.replay, aheadBytes: AHEAD_BYTES });
  const services: Services = {
    generations,
    repeats: new RepeatedRequests(generations, config.replay),
    config,
    claude,
    catalogue: new ModelCatalogue(claude),
    modelAliases: config.modelAliases,
    memory: new ThinkingMemory(),
    promptCaching: config.promptCaching,
    lifecycle,
    log: new RequestLog(logger),
  };

  const http = await createHttpServer(services);
  const sockets = new OpenSockets(http.server);
  registerRestRoutes(http, services);
  registerDocsPage(http);
  let document: string | undefined;
  route(http, 'GET', '/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(createOpenApiDocument(VERSION));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  route(http, 'GET', '/healthz', async (_request, reply) => reply.send({ status: 'ok', ...(demo && { demo: true }) }));
  route(http, 'GET', '/readyz', async (_request, reply) =>
    lifecycle.draining ? reply.code(503).send({ status: 'draining' }) : reply.send({ status: 'ok' }),
  );
  const webSocket = attachWebSocket(http.server, services);

  return {
    http,
    services,
    listen: () => http.listen({ host: config.host, port: config.port }),
    async stop(deadlineMs = config.drainTimeoutMs) {
      const { aborted } = await lifecycle.drain(deadlineMs);
      if (aborted > 0) logger.warn({ aborted }, 'calls were still running at the deadline');
      generations.close();
      webSocket.close();
      sockets.closeSilent();
      const cut = setTimeout(() => sockets.closeAll(), LAST_BYTES_MS);
      await http.close();
      clearTimeout(cut);
      await claude.close();
    },
  };
}
