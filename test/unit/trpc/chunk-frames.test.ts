import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { transformTRPCResponse } from '@trpc/server';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ChunkJson } from '../../../server/chat/chunks/chunk-json.ts';
import { ChunkStore } from '../../../server/chat/chunks/chunk-store.ts';
import { ChunkBatch } from '../../../server/trpc/chunk-batch.ts';
import { chunkEncoder, toFrames } from '../../../server/trpc/doors/chunk-frames.ts';
import { corkSocket } from '../../../server/trpc/doors/cork-socket.ts';
import { appRouter } from '../../../server/trpc/routers/app-router.ts';
import { anyClaudeMessage, anyPlan } from '../../support/arbitrary-claude-message.ts';
import { toEvents } from '../../support/claude-events.ts';
import { chunksOf } from '../../support/translated.ts';

it('says of a batch of chunks what tRPC says of tracked ones', () => {
  fc.assert(
    fc.property(
      anyClaudeMessage,
      anyPlan,
      fc.oneof(fc.nat(), fc.string()),
      fc.constantFrom('2.0' as const, undefined),
      (message, plan, id, jsonrpc) => {
        const chunks = chunksOf(toEvents(message, { pieceSize: 5 }), { plan, includeUsage: true });
        const log = new ChunkStore();
        for (const chunk of chunks) log.push(chunk);
        const kept = chunks.map((_, number) => log.at(number)!);
        const batch = new ChunkBatch('chatcmpl-1', kept, new ChunkJson());
        const { _config: config } = appRouter._def;
        const answer = (data: unknown, tracked?: string): object =>
          // Sound: tRPC's adapter makes it of the same parts.
          transformTRPCResponse(config, { id, jsonrpc, result: { type: 'data', data, id: tracked } } as never);
        const texts = chunks.map((data, number) => {
          const name = `chatcmpl-1:${number}`;
          return JSON.stringify(answer({ id: name, data }, name));
        });
        expect(chunkEncoder.encode(answer(batch))).toEqual(toFrames(texts));
      },
    ),
    { numRuns: 200 },
  );
});

it('frames texts of every length so that ws reads them, among its own', async () => {
  const texts = ['', 'é'.repeat(62), ...[125, 126, 65_535, 65_536, 200_000].map((length) => 'x'.repeat(length)), '🙂'];
  const http = createServer();
  const server = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (client) => {
      corkSocket(client, socket);
      client.send('before');
      client.send(toFrames(texts));
      client.send('after');
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const reader = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const read: string[] = [];
  await new Promise<void>((resolve, reject) => {
    reader.on('error', reject);
    reader.on('message', (data: Buffer, isBinary) => {
      expect(isBinary).toBe(false);
      read.push(data.toString());
      if (data.toString() === 'after') resolve();
    });
  });
  expect(read).toEqual(['before', ...texts, 'after']);
  reader.terminate();
  server.close();
  http.close();
});
