import type { FastifyInstance } from 'fastify';
import type { Notice } from '../shared/notice.ts';
import { openAccess } from './access/open-access.ts';
import { AnswerStore } from './answers/answer-store.ts';
import { RepeatedRequests } from './answers/idempotency.ts';
import { Batches } from './batches/batches.ts';
import { RunningCalls } from './calls/running-calls.ts';
import type { Spending } from './calls/spending.ts';
import { createChatVerb } from './chat/chat-verb.ts';
import { newAnswerId } from './chat/completion-id.ts';
import { ModelCatalogue } from './chat/model-catalogue.ts';
import { StoredCompletions } from './chat/stored/stored-completions.ts';
import { storing } from './chat/stored/storing-verb.ts';
import { ThinkingMemory } from './chat/thinking-memory.ts';
import type { Config } from './config.ts';
import { Files } from './files/files.ts';
import { handOver, leave, untilReleased } from './hand-over.ts';
import { gaugesOf } from './http/gauges.ts';
import { OpenSockets } from './http/open-sockets.ts';
import { registerOperatorRoutes } from './http/operator-routes.ts';
import { answerPlainUpgrades } from './http/plain-upgrades.ts';
import { createHttpServer } from './http/server.ts';
import { WebSocketDoors } from './http/web-socket-doors.ts';
import { toEntries } from './ledger/ledger.ts';
import { readPrices } from './ledger/read-prices.ts';
import { EVERYONES, StoredBatchOwners } from './messages/batch-owners.ts';
import { type BatchDependencies, createBatchVerb } from './messages/batches.ts';
import { createMessagesVerb } from './messages/messages-verb.ts';
import { Conversations } from './responses/conversations.ts';
import type { ResponsesDependencies } from './responses/prepare.ts';
import { ResponseState } from './responses/response-state.ts';
import { createResponsesVerb } from './responses/responses-verb.ts';
import { SealedContent } from './responses/sealed-content.ts';
import { registerBatchesRoutes } from './rest/batches-routes.ts';
import { registerDocsPage } from './rest/docs-page.ts';
import { registerMessagesRoutes } from './rest/messages-routes.ts';
import { createResponsesSocketDoor } from './rest/responses-socket.ts';
import { registerRestRoutes } from './rest/routes.ts';
import type { Services } from './services.ts';
import { MemoryStorage } from './store/memory-storage.ts';
import { openStorages } from './store/open-storage.ts';
import type { Holdings, Team } from './team.ts';
import { Metrics } from './telemetry/metrics.ts';
import { type ProcessLog, RequestLog } from './telemetry/request-log.ts';
import { registerTrpc } from './trpc/doors/http-handler.ts';
import { createTrpcSocketDoor } from './trpc/doors/websocket.ts';
import { procedures } from './trpc/routers/app-router.ts';
import { ClaudeClient } from './upstream/claude-client.ts';
import { secretOf } from './upstream/sdk-client.ts';

/** How far Claude may be ahead of a slow reader. */
const AHEAD_BYTES = 256 * 1024;

export interface AppOptions {
  config: Config;
  /** Where Claude answers: the real one, a fake one, or the simulated one. */
  claude: { baseUrl: string; authorization: { apiKey: string } | { authToken: string } };
  log: ProcessLog;
  /** Whether Claude is simulated. */
  demo: boolean;
  /** The other processes, when there are several. */
  team?: Team;
}

export interface App {
  http: FastifyInstance;
  services: Services;
  /** What this process holds by itself, for the others. */
  holdings: Holdings;
  /** The numbers of this process. */
  metrics: Metrics;
  /** Starts to listen; resolves to the URL. */
  listen(): Promise<string>;
  /** Asks Claude for its models ahead of the first caller, and logs why that fails. Never rejects. */
  warm(): Promise<void>;
  /** Turns new calls away, lets running ones finish until the deadline, then closes everything. */
  stop(deadlineMs?: number): Promise<void>;
  /** Stops so that no call is lost where there is another server: it is told of to `/readyz` some seconds before. */
  retire(): Promise<void>;
  /** Lets callers go over to another process that listens in this one's place; tells whether nothing runs here then. */
  handOver(deadlineMs?: number): Promise<boolean>;
  /** Resolves when nobody can come back to an answer of this process. */
  untilReleased(): Promise<void>;
}

/** How long a reader may take for what was already answered when the server stops. */
const LAST_BYTES_MS = 2000;

const DROPPED = 'Writes of the log that were dropped: nobody took them, or they failed';
const READ_ELSEWHERE = 'Answers read from the worker that has them by another one';

/** Nobody may take an invented answer for Claude's, in strict mode neither. */
const SIMULATED: Notice = {
  param: 'model',
  action: 'substituted',
  message: 'This answer is simulated: no Claude was asked. Set ANTHROPIC_API_KEY to talk to the real one',
};

/** A socket that is open for longer does not go on from its first responses, unless it does so now and then. */
const CONNECTION_SECONDS = 86_400;

/** Wires everything; the only place that does. Rejects with a `ConfigError` where the storage can't be opened. */
export async function createApp({ config, claude: target, log, demo, team }: AppOptions): Promise<App> {
  const { upstreamTimeoutMs, idleTimeoutMs, maxRetries } = config;
  const { logger } = log;
  const worker = team?.worker ?? 0;
  const metrics = new Metrics({ procedures: procedures.keys(), worker });
  const counts = metrics.upstream;
  const claude = new ClaudeClient({ ...target, upstreamTimeoutMs, idleTimeoutMs, maxRetries, counts });
  const runningCalls = new RunningCalls();
  const answerStore = new AnswerStore({ ...config.replay, aheadBytes: AHEAD_BYTES });
  const onRelease = team && ((key: string): void => team.released(key));
  const requests = new RepeatedRequests(answerStore, { ...config.replay, ...(onRelease && { onRelease }) });
  const holdings: Holdings = { answerStore, requests, memory: new ThinkingMemory() };
  const shared = team?.share(holdings) ?? { ...holdings, answers: answerStore };
  const onStorageFailure = (error: unknown): void => logger.error({ err: error }, 'the storage fails');
  const prices = readPrices(config.pricesFile);
  const storages = await openStorages(config.storage, onStorageFailure);
  const access = await openAccess(config, storages, onStorageFailure);
  const { keyring } = access;
  const storedCompletions = new StoredCompletions(storages.contents);
  const dependencies: ResponsesDependencies = {
    claude,
    catalogue: new ModelCatalogue(claude),
    modelAliases: config.modelAliases,
    memory: shared.memory,
    newId: (prefix) => newAnswerId(prefix, worker),
    spent(spending) {
      metrics.spent(spending);
      storages.ledger.add(toEntries(spending, prices.version));
    },
    prices,
    limits: access.limits,
    promptCaching: config.promptCaching,
    stores: storedCompletions.isOn,
    standingNotices: demo ? [SIMULATED] : [],
    responseState: new ResponseState(storages.contents),
    connectionResponses: new ResponseState(new MemoryStorage({ keepSeconds: CONNECTION_SECONDS })),
    conversations: new Conversations(storages.contents),
    onStorageFailure,
    sealed: new SealedContent(secretOf(target.authorization)),
  };
  const chat = storing(createChatVerb(dependencies), { stored: storedCompletions, onFailure: onStorageFailure });
  const responses = createResponsesVerb(dependencies);
  const messages = createMessagesVerb(dependencies);
  const writeOnce = (spent: readonly Spending[]): Promise<void> =>
    storages.ledger.write(spent.flatMap((spending) => toEntries(spending, prices.version)));
  const batching: BatchDependencies = {
    claude,
    prices,
    writeOnce,
    onStorageFailure,
    batchOwners: keyring.isOpen && config.adminKey === undefined ? EVERYONES : new StoredBatchOwners(storages.records),
    publicUrl: config.publicUrl?.href.replace(/\/+$/, '') ?? '',
  };
  const batches = createBatchVerb(batching);
  const { contents: storage, keepSeconds, maxFileBytes } = storages;
  const files = new Files({ storage, keepSeconds, maxBytes: Math.min(config.bodyLimit, maxFileBytes) });
  const fileBatches = new Batches(
    {
      ...dependencies,
      storedCompletions,
      files,
      writeOnce,
      count: (spending) => metrics.spent(spending),
    },
    storage,
  );
  const services: Services = {
    ...dependencies,
    ...batching,
    ...access,
    ledger: storages.ledger,
    chat,
    storedCompletions,
    files,
    responses,
    messages,
    batches,
    fileBatches,
    verbs: [chat, responses, messages, batches, fileBatches.creation],
    answerStore,
    answers: shared.answers,
    requests: shared.requests,
    config,
    worker,
    demo,
    runningCalls,
    log: new RequestLog(log, metrics),
  };

  const http = await createHttpServer(services);
  await http.register(registerTrpc, services);
  const sockets = new OpenSockets(http.server);
  answerPlainUpgrades(http.server, sockets);
  registerRestRoutes(http, services);
  registerMessagesRoutes(http, services);
  registerBatchesRoutes(http, services);
  registerDocsPage(http);
  const socketDoors = [createTrpcSocketDoor(services), createResponsesSocketDoor(services)];
  const webSocket = new WebSocketDoors(http.server, services, socketDoors);
  metrics.count('trestle_log_dropped_total', DROPPED, () => services.log.dropped);
  if (team) metrics.count('trestle_answers_of_other_workers_total', READ_ELSEWHERE, () => team.asked);
  for (const [name, help, read] of gaugesOf(services, webSocket, holdings)) metrics.gauge(name, help, read);
  registerOperatorRoutes(http, services, async () => {
    const own = await metrics.snapshot();
    return team ? await team.gather(own) : [own];
  });

  const doors = { server: http.server, sockets, webSocket, services };
  const app: App = {
    http,
    services,
    holdings,
    metrics,
    listen: () => http.listen({ host: config.host, port: config.port }),
    async warm() {
      await services.catalogue.warm();
      const { failure } = services.catalogue;
      if (failure !== undefined) logger.warn({ upstream: failure }, `Claude can't be reached: ${failure}`);
    },
    async stop(deadlineMs = config.drainTimeoutMs) {
      const { aborted } = await runningCalls.drain(deadlineMs);
      if (aborted > 0) logger.warn({ aborted }, 'calls were still running at the deadline');
      answerStore.close();
      webSocket.close();
      sockets.closeSilent();
      const cut = setTimeout(() => sockets.closeAll(), LAST_BYTES_MS);
      await http.close();
      await sockets.closed();
      clearTimeout(cut);
      await claude.close();
      await keyring.close();
      await storages.close();
      services.log.flush();
    },
    async retire() {
      if (config.drainDelayMs === 0) return await app.stop();
      const isIdle = await leave(doors, config.drainDelayMs, config.drainTimeoutMs);
      await app.stop(isIdle ? undefined : 0);
    },
    handOver: (deadlineMs = config.drainTimeoutMs) => handOver(doors, deadlineMs),
    untilReleased: () => untilReleased(services, config.replay.keepMs),
  };
  return app;
}
