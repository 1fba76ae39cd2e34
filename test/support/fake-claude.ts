import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FakeModel } from './claude-models.ts';
import { findFakeModel } from './claude-models.ts';
import type { ClaudeRefusal } from './claude-refusal.ts';
import { RefusedByClaude, refuseUnknown } from './claude-refusal.ts';
import { refusalOf } from './claude-rules.ts';
import type { Answer } from './fake-answer.ts';
import { completeMessage, defaultMessage, inputTokensOf } from './fake-answer.ts';
import { type BatchScript, FakeBatches } from './fake-batches.ts';
import { modelInfoOf, modelPage } from './fake-catalogue.ts';
import { errorOfStatus, refusalForHeaders, sendError, sendJson } from './fake-http.ts';
import { RequestLog } from './fake-request-log.ts';
import type { RecordedRequest } from './fake-request-log.ts';
import { sendAnswer } from './fake-send.ts';
import type { ClaudeBody, ClaudeEndpoint } from './rules-body.ts';

export type { Answer, Cut } from './fake-answer.ts';
export type { RecordedRequest } from './fake-request-log.ts';

export interface FakeClaudeOptions {
  /** The only key it takes. @default 'test-upstream-key' */
  apiKey?: string;
  /** Characters a delta when a whole message is streamed. @default 16 */
  pieceSize?: number;
  /** Models beside the table. */
  extraModels?: readonly FakeModel[];
}

/** A strict Claude on loopback: what breaks a rule is refused, everything else is answered as scripted. */
export interface FakeClaude extends AsyncDisposable {
  url: string;
  /** All requests that arrived whole, in order, refused ones included. */
  requests: RecordedRequest[];
  /** The errors that it gave because a rule was broken. */
  refusals: (ClaudeRefusal & { request: RecordedRequest })[];
  /** Message streams that are being answered now. */
  readonly openStreams: number;
  /** How message batches end. Their requests are answered as those for which nothing is queued. */
  readonly batches: BatchScript;
  /** Queues an answer for the next message request that is not refused. */
  reply(answer: Answer): void;
  /** Answers message requests for which nothing is queued. */
  replyWith(answer: (body: ClaudeBody) => Answer | Promise<Answer>): void;
  /** The `count`-th (from 1) request to `/v1/messages`, now or once it arrives; another path on demand. */
  waitForRequest(count?: number, path?: string): Promise<RecordedRequest>;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;

export async function startFakeClaude(options: FakeClaudeOptions = {}): Promise<FakeClaude> {
  const { apiKey = 'test-upstream-key', pieceSize = 16, extraModels = [] } = options;
  const log = new RequestLog();
  const refusals: FakeClaude['refusals'] = [];
  const queue: Answer[] = [];
  const knownSignatures = new Set<string>();
  const sockets = new Set<Socket>();
  let openStreams = 0;
  let fallback = (body: ClaudeBody): Answer | Promise<Answer> => ({
    message: defaultMessage(body, modelOf(body)),
  });

  function modelOf(body: ClaudeBody): FakeModel {
    return findFakeModel(body.model, extraModels) ?? refuseUnknown(`model: ${body.model}`);
  }

  function check({ headers, body }: Pick<RecordedRequest, 'headers' | 'body'>, endpoint: ClaudeEndpoint): ClaudeBody {
    const version = headers['anthropic-version'];
    const betas = String(headers['anthropic-beta'] ?? '').split(/\s*,\s*/);
    const refusal = refusalOf(body, typeof version === 'string' ? version : undefined, {
      endpoint,
      extraModels,
      knownSignatures,
      betas,
    });
    if (refusal !== null) throw new RefusedByClaude(refusal);
    return body as ClaudeBody;
  }

  async function answerMessage(request: RecordedRequest, response: ServerResponse): Promise<void> {
    const body = check(request, 'messages');
    const answer = queue.shift() ?? (await fallback(body));
    const streams = body.stream === true || 'events' in answer || 'sse' in answer;
    if (streams) {
      openStreams += 1;
      response.once('close', () => (openStreams -= 1));
    }
    await sendAnswer(response, answer, { body, model: modelOf(body), pieceSize, knownSignatures });
  }

  const batches = new FakeBatches(
    async (params, headers) => {
      const body = check({ body: params, headers }, 'messages');
      const answer = await fallback(body);
      if ('status' in answer) throw new RefusedByClaude(errorOfStatus(answer.status));
      const message = completeMessage('message' in answer ? answer.message : {}, body, modelOf(body));
      return { ...message, usage: { ...message.usage, service_tier: 'batch' } };
    },
    () => url,
  );

  async function route(request: RecordedRequest, response: ServerResponse): Promise<void> {
    if (await batches.route(request, response)) return;
    const { pathname, searchParams } = new URL(request.path, 'http://fake');
    const [, id] = /^\/v1\/models\/([^/]+)$/.exec(pathname) ?? [];
    switch (`${request.method} ${id === undefined ? pathname : '/v1/models/{id}'}`) {
      case 'POST /v1/messages':
        return await answerMessage(request, response);
      case 'POST /v1/messages/count_tokens':
        return sendJson(response, 200, {
          input_tokens: inputTokensOf(check(request, 'count_tokens')),
        });
      case 'GET /v1/models':
        return sendJson(response, 200, modelPage(searchParams, extraModels));
      case 'GET /v1/models/{id}': {
        const name = decodeURIComponent(id ?? '');
        const model = findFakeModel(name, extraModels) ?? refuseUnknown(`model: ${name}`);
        return sendJson(response, 200, modelInfoOf(model));
      }
      default:
        return refuseUnknown('Not Found');
    }
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await readBody(incoming);
    const request = log.add(incoming, response, raw);
    try {
      const refusal = refusalForHeaders(incoming.headers, apiKey) ?? refusalForBody(raw, request);
      if (refusal !== null) throw new RefusedByClaude(refusal);
      await route(request, response);
    } catch (error) {
      if (!(error instanceof RefusedByClaude)) throw error;
      refusals.push({ ...error.refusal, request });
      sendError(response, error.refusal);
    }
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      // Either the client has gone, or a test's own script failed; the second must be loud.
      if (response.destroyed || incoming.destroyed) return;
      if (response.headersSent) response.destroy();
      else
        sendError(response, {
          status: 500,
          type: 'api_error',
          message: `fake Claude: ${String(error)}`,
        });
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    requests: log.requests,
    refusals,
    batches: batches.script,
    get openStreams() {
      return openStreams;
    },
    reply: (answer) => void queue.push(answer),
    replyWith: (answer) => void (fallback = answer),
    waitForRequest: (count, path) => log.waitFor(count, path),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The whole body, or null when it is longer than Claude takes. */
async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

function refusalForBody(raw: string | null, request: RecordedRequest): ClaudeRefusal | null {
  if (raw === null) return { status: 413, type: 'request_too_large', message: 'Request exceeds the maximum size' };
  if (request.method !== 'POST' || request.body !== undefined || request.path.endsWith('/cancel')) return null;
  return {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request body is not valid JSON',
  };
}
