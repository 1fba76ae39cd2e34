import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { ask, type Door, headersOf, wellFormed } from './ask.ts';
import { type Dice, mutateJson, mutateText } from './mutate.ts';
import { anyNewerBody, anyResponsesRequest } from './newer-requests.ts';
import { anyBody, anyRequest } from './requests.ts';
import { stored } from './stored-door.ts';

const PROCEDURES = [
  'chat.complete',
  'chat.countTokens',
  'chat.stream',
  'chat.resume',
  'chat.cancel',
  'models.list',
  'models.retrieve',
  'responses.create',
  'responses.stream',
  'responses.resume',
  'responses.inputItems',
  'conversations.create',
  'conversations.listItems',
  'chat.stored.list',
  'chat.stored.update',
  'organization.usage',
  'messages.create',
  'messages.stream',
  'x',
  '',
];

const rest: Door = (target, dice) => {
  const path = dice.oneOf([
    '/v1/chat/completions',
    '/v1/chat/completions',
    '/v1/chat/completions/input_tokens',
    '/openai/deployments/x/chat/completions',
  ]);
  return ask(
    'rest',
    target.url + path,
    { method: 'POST', headers: headersOf(target, dice), body: anyBody(dice) },
    dice,
  );
};

/** The two newer APIs. */
const newer: Door = (target, dice) => {
  const api = dice.oneOf(['responses', 'responses', 'messages'] as const);
  const path = dice.chance(0.1) ? '/v1/messages/count_tokens?beta=true' : `/v1/${api}`;
  const headers = { ...headersOf(target, dice), ...(api === 'messages' && { 'anthropic-version': '2023-06-01' }) };
  return ask(path, target.url + path, { method: 'POST', headers, body: anyNewerBody(api, dice) }, dice);
};

const get: Door = (target, dice) => {
  const path = dice.oneOf([
    '/v1/models/claude-opus-5-5',
    '/v1/models',
    '/v1/chat/completions/chatcmpl-x/events',
    '/v1/responses/resp_x',
    '/v1/responses/resp_x/input_items?limit=7&order=asc',
    '/v1/responses/resp_x?stream=true&starting_after=3',
    '/v1/conversations/conv_x',
    '/v1/conversations/conv_x/items?order=x',
    '/v1/messages/events',
    '/v1/messages/batches?limit=x&after_id=y',
    '/v1/messages/batches/msgbatch_x/results',
    '/v1/models?client_version=1&limit=x&after_id=y',
    '/api/hello',
    '/metrics',
    '/docs',
    '/nowhere',
  ]);
  const { 'content-type': _type, ...headers } = headersOf(target, dice);
  const mutated = dice.chance(0.5) ? path : `/${encodeURI(wellFormed(mutateText(path.slice(1), dice)))}`;
  const method = dice.oneOf(['GET', 'GET', 'GET', 'DELETE', 'OPTIONS', 'PUT']);
  if (dice.chance(0.3)) headers['last-event-id'] = mutateText('chatcmpl-x:3', dice).replaceAll(/[^\x21-\x7e]/g, '');
  return ask('get', target.url + mutated, { method, headers }, dice);
};

const trpc: Door = (target, dice) => {
  const name = dice.oneOf(PROCEDURES);
  const batch = dice.chance(0.2);
  const input = {
    json: anyRequest(dice),
    ...(dice.chance(0.1) && { meta: mutateJson({ values: { temperature: ['undefined'] } }, dice, 0.3) }),
  };
  const path = batch ? `${name},${dice.oneOf(PROCEDURES)}?batch=1` : name;
  const body = JSON.stringify(batch ? { 0: input, 1: input } : input);
  if (dice.chance(0.2)) {
    const query = `${batch ? '&' : '?'}input=${encodeURIComponent(wellFormed(body.slice(0, 4000)))}`;
    return ask('trpc', `${target.url}/trpc/${path}${query}`, { headers: headersOf(target, dice) }, dice);
  }
  const text = dice.chance(0.1) ? mutateText(body, dice) : body;
  return ask(
    'trpc',
    `${target.url}/trpc/${path}`,
    { method: 'POST', headers: headersOf(target, dice), body: text },
    dice,
  );
};

const socket: Door = ({ url, apiKey }, dice) =>
  new Promise((resolve) => {
    const client = new WebSocket(`${url.replace('http', 'ws')}/trpc?connectionParams=1`);
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      client.terminate();
      resolve({ door: 'socket', text });
    };
    const timer = setTimeout(end, 300);
    client.on('error', end).on('close', end);
    client.on('message', (bytes: Buffer) => (text += `${bytes.toString()}\n`));
    client.on('open', () => {
      client.send(JSON.stringify({ method: 'connectionParams', data: { apiKey: dice.chance(0.95) ? apiKey : 'x' } }));
      for (let id = 1 + dice.below(4); id > 0; id -= 1) {
        const params = {
          path: dice.oneOf(PROCEDURES),
          input: { json: anyRequest(dice) },
          ...(dice.chance(0.1) && { lastEventId: 'x:1' }),
        };
        const method = dice.oneOf(['query', 'mutation', 'subscription', 'subscription', 'subscription.stop']);
        const message = { id: dice.oneOf([id, id, 1, 'x', null]), method, params };
        const sent = JSON.stringify(dice.chance(0.2) ? mutateJson(message, dice, 0.2) : message);
        client.send(dice.chance(0.1) ? mutateText(sent, dice) : sent, { binary: dice.chance(0.05) });
      }
    });
  });

/** OpenAI's WebSocket. */
const responsesSocket: Door = ({ url, apiKey }, dice) =>
  new Promise((resolve) => {
    const headers = { authorization: `Bearer ${dice.chance(0.95) ? apiKey : 'x'}` };
    const client = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, { headers });
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      client.terminate();
      resolve({ door: 'responses socket', text });
    };
    const timer = setTimeout(end, 300);
    client.on('error', end).on('close', end);
    client.on('message', (data: Buffer) => (text += `${data.toString()}\n`));
    client.on('open', () => {
      for (let count = 1 + dice.below(4); count > 0; count -= 1) {
        const request = anyResponsesRequest(dice);
        const frame = {
          type: dice.oneOf(['response.create', 'response.create', 'response.create', 'response.steer', 'x']),
          ...(typeof request === 'object' && request),
          ...(dice.chance(0.2) && { stream_id: dice.oneOf(['a', 'b', 7]) }),
          ...(dice.chance(0.1) && { generate: false }),
        };
        const sent = JSON.stringify(frame);
        client.send(dice.chance(0.1) ? mutateText(sent, dice) : sent, { binary: dice.chance(0.05) });
      }
    });
  });

/** Bytes that no client library would send: torn heads, frames with wrong bits. */
const bytes: Door = ({ url, apiKey }, dice) =>
  new Promise((resolve) => {
    const { port, host } = new URL(url);
    const client = connect(Number(port), '127.0.0.1');
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      client.destroy();
      resolve({ door: 'bytes', text });
    };
    const timer = setTimeout(end, 150);
    client.on('error', end).on('close', end);
    client.on('data', (data: Buffer) => (text += data.toString('latin1')));
    const upgrade =
      'GET /trpc HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const body = anyBody(dice);
    const post = `POST /v1/chat/completions HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    const offer = `${post}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n`;
    const head = dice.oneOf([upgrade, post, offer]);
    const whole = `${head}host: ${host}\r\nauthorization: Bearer ${apiKey}\r\n\r\n${head === upgrade ? '' : body}`;
    client.write(dice.chance(0.5) ? mutateText(whole, dice) : whole);
    if (head === upgrade) client.write(randomFrame(dice));
  });

function randomFrame(dice: Dice): Buffer {
  const payload = dice.chance(0.5) ? Buffer.from(anyBody(dice).slice(0, 120)) : randomBytes(dice.below(120));
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
  const length = Math.min(payload.length, 125);
  return Buffer.concat([
    Buffer.from([dice.chance(0.6) ? 0x81 : dice.below(256), dice.chance(0.9) ? 0x80 | length : dice.below(256)]),
    mask,
    masked,
  ]);
}

/** Each door, as often as it stands here. */
export const DOORS: readonly Door[] = [
  { door: rest, times: 4 },
  { door: newer, times: 4 },
  { door: trpc, times: 2 },
  { door: stored, times: 2 },
  ...[get, socket, responsesSocket, bytes].map((door) => ({ door, times: 1 })),
].flatMap(({ door, times }) => Array.from({ length: times }, () => door));
