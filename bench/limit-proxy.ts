import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createChunkTranslator, toClaudeRequest, toCompletion } from './limit-translate.ts';

/**
 * A process of its own, the limit: what `node:http` and JSON cost when nothing is checked, logged or guarded.
 * The upstream's URL is its only argument.
 */
const upstream = new URL('/v1/messages', process.argv[2]);
const agent = new Agent({ keepAlive: true });

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = JSON.stringify(toClaudeRequest(JSON.parse(await readAll(incoming))));
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-api-key': 'key' };
  const call = request(upstream, { agent, method: 'POST', headers }, (answer) => {
    if (answer.headers['content-type']!.startsWith('text/event-stream')) pipeEvents(answer, outgoing);
    else void sendWhole(answer, outgoing);
  });
  call.on('error', () => outgoing.destroy());
  call.end(body);
}

async function sendWhole(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const json = JSON.stringify(toCompletion(JSON.parse(await readAll(answer))));
  outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  outgoing.end(json);
}

function pipeEvents(answer: IncomingMessage, outgoing: ServerResponse): void {
  const translate = createChunkTranslator();
  let rest = '';
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  answer.setEncoding('utf8');
  answer.on('data', (text: string) => {
    const records = (rest + text).split('\n\n');
    rest = records.pop()!;
    for (const record of records) {
      const chunk = translate(JSON.parse(record.slice(record.indexOf('\ndata: ') + 7)));
      if (chunk !== '') outgoing.write(chunk);
    }
  });
  answer.on('end', () => outgoing.end());
}

const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
