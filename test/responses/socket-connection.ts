import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Response } from '../../shared/responses/response.ts';
import type { AppResource } from '../support/app-resource.ts';
import { model } from './responses-client.ts';

/** A frame as it comes. */
export interface Frame {
  type: string;
  sequence_number?: number;
  stream_id?: string;
  response?: Response;
  status?: number;
  error?: { code: string | null; message: string; param: string | null };
  delta?: string;
}

/** A WebSocket of the Responses API. */
export interface Connection extends AsyncDisposable {
  socket: WebSocket;
  send: (frame: object) => void;
  /** Frames up to the first that fits. */
  until: (fits: (frame: Frame) => boolean) => Promise<Frame[]>;
  /** Sends a request and gives its last event. */
  ask: (body: object) => Promise<Frame>;
}

export async function connect({ url, apiKey }: AppResource): Promise<Connection> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, {
    headers: { authorization: `Bearer ${apiKey}`, 'openai-beta': 'responses_websockets=2026-02-06' },
  });
  const frames: Frame[] = [];
  let wake = (): void => {};
  socket.on('message', (data) => {
    frames.push(JSON.parse((data as Buffer).toString()) as Frame);
    wake();
  });
  await once(socket, 'open');
  const until: Connection['until'] = async (fits) => {
    const seen: Frame[] = [];
    for (;;) {
      while (frames.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const frame = frames.shift()!;
      seen.push(frame);
      if (fits(frame)) return seen;
    }
  };
  const send = (frame: object): void => socket.send(JSON.stringify({ type: 'response.create', model, ...frame }));
  return {
    socket,
    send,
    until,
    async ask(body) {
      send(body);
      return (await until(isLast)).at(-1)!;
    },
    async [Symbol.asyncDispose]() {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** Whether nothing comes of a request after this frame. */
export function isLast({ type }: Frame): boolean {
  return ['response.completed', 'response.incomplete', 'response.failed', 'error'].includes(type);
}
