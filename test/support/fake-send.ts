import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { toEvents, toSseRecord } from './claude-events.ts';
import type { FakeModel } from './claude-models.ts';
import { isRecord } from './claude-shape.ts';
import type { Answer, Cut, ScriptedEvent } from './fake-answer.ts';
import { completeMessage } from './fake-answer.ts';
import { commonHeaders, errorOfStatus, sendError, sendJson } from './fake-http.ts';
import type { ClaudeBody } from './rules-body.ts';

interface Sending {
  body: ClaudeBody;
  model: FakeModel;
  pieceSize: number;
  /** Every signature that goes out is added, so that scripted ones are taken back later. */
  knownSignatures: Set<string>;
}

/** Plays one scripted answer; resolves when it is written or the client has gone. */
export async function sendAnswer(response: ServerResponse, answer: Answer, sending: Sending): Promise<void> {
  const { headers = {} } = answer;
  if ('hang' in answer) return;
  if ('reset' in answer) return void response.socket?.resetAndDestroy();
  if ('status' in answer) {
    if (answer.body === undefined) return sendError(response, errorOfStatus(answer.status), headers);
    return sendJson(response, answer.status, answer.body, headers);
  }
  if ('message' in answer) {
    const message = completeMessage(answer.message, sending.body, sending.model);
    if (sending.body.stream !== true) {
      rememberSignatures(message.content, sending);
      return sendJson(response, 200, message, headers);
    }
    return await sendEvents(
      response,
      { events: toEvents(message, { pieceSize: answer.pieceSize ?? sending.pieceSize }), headers },
      sending,
    );
  }
  if ('events' in answer) return await sendEvents(response, { ...answer, headers }, sending);
  openStream(response, headers);
  const pieces = [answer.sse].flat();
  rememberRaw(Buffer.concat(pieces.map((piece) => Buffer.from(piece))), sending);
  for (const piece of pieces) {
    await write(response, piece);
    await immediate();
  }
  endStream(response, answer.cut);
}

interface EventAnswer {
  events: Iterable<ScriptedEvent> | AsyncIterable<ScriptedEvent>;
  headers: Record<string, string>;
  delayMs?: number;
  cut?: Cut;
}

async function sendEvents(response: ServerResponse, answer: EventAnswer, sending: Sending): Promise<void> {
  const { events, headers, delayMs, cut } = answer;
  openStream(response, headers);
  const gone = new AbortController();
  const left = once(response, 'close', { signal: gone.signal }).catch(() => undefined);
  try {
    for await (const scripted of events) {
      if (delayMs !== undefined) await Promise.race([sleep(delayMs), left]);
      const event = typeof scripted === 'function' ? await Promise.race([scripted(), left]) : scripted;
      if (response.destroyed) return;
      if (!isRecord(event)) continue;
      rememberSignatures([event['content_block'], event['delta']], sending);
      await write(response, toSseRecord(event));
    }
  } finally {
    gone.abort();
  }
  endStream(response, cut);
}

function openStream(response: ServerResponse, headers: Record<string, string>): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...commonHeaders(),
    ...headers,
  });
  response.flushHeaders();
}

/** Writes and, when the client reads slowly, waits until it has caught up. */
async function write(response: ServerResponse, piece: string | Buffer): Promise<void> {
  if (response.destroyed || response.write(piece)) return;
  const done = new AbortController();
  try {
    await Promise.race(['drain', 'close'].map((event) => once(response, event, { signal: done.signal })));
  } finally {
    done.abort();
  }
}

function endStream(response: ServerResponse, cut: Cut = 'end'): void {
  if (response.destroyed) return;
  if (cut === 'end') response.end();
  else response.socket?.resetAndDestroy();
}

function rememberSignatures(blocks: readonly unknown[], sending: Sending): void {
  for (const block of blocks) {
    if (!isRecord(block)) continue;
    for (const field of [block['signature'], block['data']]) remember(field, sending);
  }
}

function rememberRaw(sse: Buffer, sending: Sending): void {
  for (const [, signature] of sse.toString('latin1').matchAll(/"(?:signature|data)":"([^"\\]+)"/g))
    remember(signature, sending);
}

/** Signatures of the fake's own form are judged by what they say, never taken on trust. */
function remember(signature: unknown, sending: Sending): void {
  if (typeof signature === 'string' && signature !== '' && !signature.startsWith('sig:'))
    sending.knownSignatures.add(signature);
}
