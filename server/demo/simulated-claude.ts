import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type Anthropic from '@anthropic-ai/sdk';
import { estimateInputTokens, replyTo, textOf, type Reply, type ReplyBlock } from './reply.ts';

type StreamEvent = Anthropic.RawMessageStreamEvent | { type: 'ping' };

/** A stand-in for the Messages API on a free loopback port. `pace` is the milliseconds between streamed words (30). */
export async function startSimulatedClaude({ pace = 30 }: { pace?: number } = {}): Promise<{
  url: string;
  close(): Promise<void>;
}> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const number = requests;
    response.setHeader('request-id', `req_simulated_${number}`);
    answer(request, response, { number, pace }).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, 500, 'api_error', `The simulated Claude failed: ${String(error)}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { number, pace }: { number: number; pace: number },
): Promise<void> {
  const route = `${request.method} ${request.url?.split('?')[0]}`;
  if (route === 'GET /v1/models') {
    return sendJson(response, 200, { data: [], has_more: false, first_id: null, last_id: null });
  }
  const counting = route === 'POST /v1/messages/count_tokens';
  if (route !== 'POST /v1/messages' && !counting) {
    return sendError(response, 404, 'not_found_error', 'The simulated Claude has no such route.');
  }
  const params = readParams(await text(request), counting);
  if (typeof params === 'string') return sendError(response, 400, 'invalid_request_error', params);
  if (counting) return sendJson(response, 200, { input_tokens: estimateInputTokens(params) });
  const reply = replyTo(params, number);
  if (params.stream !== true) return sendJson(response, 200, reply);

  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  await pipeline(streamReply(reply, pace, gone.signal), response);
}

/** The reply as server-sent events, one text each, `pace` milliseconds before every delta; throws when `signal` aborts. */
export async function* streamReply(reply: Reply, pace: number, signal: AbortSignal): AsyncGenerator<string> {
  for (const event of eventsOf(reply)) {
    if (event.type === 'content_block_delta' && pace > 0) await setTimeout(pace, undefined, { signal });
    yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}

function* eventsOf({ content, stop_reason, stop_sequence, stop_details, ...rest }: Reply): Generator<StreamEvent> {
  const unstopped = { stop_reason: null, stop_sequence: null, stop_details: null };
  const usage = { ...rest.usage, output_tokens: 1, output_tokens_details: null };
  yield { type: 'message_start', message: { ...rest, content: [], ...unstopped, usage } };
  yield { type: 'ping' };
  for (const [index, block] of content.entries()) {
    yield { type: 'content_block_start', index, content_block: opening(block) };
    for (const delta of deltasOf(block)) yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  const delta = { stop_reason, stop_sequence, stop_details, container: null };
  yield { type: 'message_delta', delta, usage: rest.usage };
  yield { type: 'message_stop' };
}

function opening(block: ReplyBlock): ReplyBlock {
  if (block.type === 'text') return { ...block, text: '' };
  return block.type === 'thinking' ? { ...block, thinking: '', signature: '' } : { ...block, input: {} };
}

function* deltasOf(block: ReplyBlock): Generator<Anthropic.RawContentBlockDelta> {
  const pieces = textOf(block).match(/\S{1,16}\s*|\s+/gu) ?? [];
  if (block.type === 'tool_use') yield { type: 'input_json_delta', partial_json: '' };
  for (const piece of pieces) {
    if (block.type === 'text') yield { type: 'text_delta', text: piece };
    else if (block.type === 'thinking') yield { type: 'thinking_delta', thinking: piece };
    else yield { type: 'input_json_delta', partial_json: piece };
  }
  if (block.type === 'thinking') yield { type: 'signature_delta', signature: block.signature };
}

/** The body as parameters, checked as far as an answer needs; or what is wrong with it, in Claude's words. */
function readParams(body: string, counting: boolean): Anthropic.MessageCreateParams | string {
  let params: Partial<Anthropic.MessageCreateParams> | null;
  try {
    params = JSON.parse(body) as typeof params;
  } catch {
    return 'The request body is not valid JSON.';
  }
  if (typeof params?.model !== 'string') return 'model: Field required';
  if (!Array.isArray(params.messages)) return 'messages: Field required';
  if (params.messages.length === 0) return 'messages: at least one message is required';
  if (!counting && typeof params.max_tokens !== 'number') return 'max_tokens: Field required';
  return params as Anthropic.MessageCreateParams;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, {
    type: 'error',
    error: { type, message },
    request_id: response.getHeader('request-id'),
  });
}
