import type { RawData, WebSocket } from 'ws';
import { TrestleError } from '../../shared/error.ts';
import { Cancellation, type CancelSignal } from '../calls/cancellation.ts';
import { checkInputSize } from '../calls/input-size.ts';
import { checkStructure } from '../calls/json-structure.ts';
import { isPlainObject } from '../calls/plain-object.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { toErrorHeaders } from '../http/answer-headers.ts';
import { type NumberedEvent, RESPONSE_EVENTS } from '../responses/event-format.ts';
import type { Context } from '../trpc/context.ts';
import { procedures } from '../trpc/routers/app-router.ts';
import type { Subscription } from '../trpc/subscription.ts';
import { styleOf } from './event-styles.ts';

type Fields = Record<string, unknown>;

/** Requests of one stream. */
interface WaitingStream {
  /** Resolves when the last of them is answered. */
  last: Promise<void>;
  /** Those that are not answered yet. */
  waiting: number;
}

/** Requests that wait on one stream of a connection. */
const MAX_WAITING = 16;

/**
 * One connection of OpenAI's WebSocket: requests are answered one after the other, and side by side where they name
 * streams. Closing it ends what runs.
 */
export class ResponsesConnection {
  readonly #client: WebSocket;
  readonly #contextOf: (signal: CancelSignal) => Context;
  readonly #gone = new Cancellation();
  /** The last request of each stream, and how many wait. */
  readonly #streams = new Map<unknown, WaitingStream>();
  #leaves = false;

  constructor(client: WebSocket, contextOf: (signal: CancelSignal) => Context) {
    this.#client = client;
    this.#contextOf = contextOf;
    client.on('message', (data, isBinary) => this.#take(data, isBinary));
    client.on('close', () => this.#gone.abort());
    // Its close follows.
    client.on('error', () => {});
  }

  /** Closes the connection once nothing runs, so that its client opens another one elsewhere. */
  leave(): void {
    this.#leaves = true;
    if (this.#streams.size === 0) this.#client.close(1012, 'the server is restarting');
  }

  #take(data: RawData, isBinary: boolean): void {
    let frame: Fields;
    try {
      frame = read(data, isBinary);
    } catch (thrown) {
      return this.#sendError(toTrestleError(thrown), undefined);
    }
    const { type, stream_id: streamId } = frame;
    if (type === 'response.create') this.#enqueue(frame, streamId);
    else if (type === 'response.steer') this.#refuseSteer(frame, streamId);
    else {
      const message = `Expected a frame of type 'response.create', but got '${String(type).slice(0, 100)}'`;
      this.#sendError(new TrestleError('invalid_value', message, { param: 'type' }), streamId);
    }
  }

  /** Requests of one stream wait for the answer before them. */
  #enqueue(frame: Fields, streamId: unknown): void {
    const stream = this.#streams.get(streamId) ?? { last: Promise.resolve(), waiting: 0 };
    if (stream.waiting >= MAX_WAITING) {
      const message = `${MAX_WAITING} requests wait on this stream already`;
      return this.#sendError(new TrestleError('too_many_subscriptions', message), streamId);
    }
    stream.waiting += 1;
    stream.last = this.#answerAfter(stream, frame, streamId);
    this.#streams.set(streamId, stream);
  }

  async #answerAfter(stream: WaitingStream, frame: Fields, streamId: unknown): Promise<void> {
    await stream.last;
    if (!this.#gone.aborted) await this.#answer(frame, streamId);
    stream.waiting -= 1;
    if (stream.waiting === 0) this.#streams.delete(streamId);
    if (this.#leaves) this.leave();
  }

  async #answer({ type: _type, stream_id: _id, stream: _stream, ...body }: Fields, streamId: unknown): Promise<void> {
    const style = styleOf(RESPONSE_EVENTS.name);
    const json = RESPONSE_EVENTS.createJson();
    let last: NumberedEvent | undefined;
    try {
      const context = this.#contextOf(this.#gone);
      // Called inside the server, a subscription gives what its resolver returned, which is not what its type says.
      const subscribed = await procedures.get('responses.stream')!.call(context, body);
      const { reading } = subscribed as Subscription<unknown, NumberedEvent>;
      for (let ready = await reading.read(); ready !== undefined; ready = await reading.read()) {
        for (const item of ready) this.#send(json.write(item), streamId);
        last = ready.at(-1);
      }
    } catch (thrown) {
      // One that broke has said so in its last event.
      if (last === undefined || !style.isLast(last)) this.#sendError(toTrestleError(thrown), streamId);
    }
  }

  #refuseSteer({ input, previous_response_id: id }: Fields, streamId: unknown): void {
    const error = {
      type: 'invalid_request_error',
      code: 'steering_not_supported',
      message: 'Claude takes no input in the middle of an answer; send it with the next request',
    };
    const steer = { input, previous_response_id: id };
    this.#send(JSON.stringify({ type: 'response.steer.failed', sequence_number: 0, steer, error }), streamId);
  }

  #sendError(error: TrestleError, streamId: unknown): void {
    const headers = toErrorHeaders(error);
    this.#send(JSON.stringify({ type: 'error', status: error.status, headers, error: error.toObject() }), streamId);
  }

  #send(json: string, streamId: unknown): void {
    if (this.#client.readyState !== this.#client.OPEN) return;
    const named = streamId === undefined ? json : `${json.slice(0, -1)},"stream_id":${JSON.stringify(streamId)}}`;
    this.#client.send(named);
  }
}

/** Throws a 400 for what is no frame. */
function read(data: RawData, isBinary: boolean): Fields {
  if (isBinary) throw new TrestleError('invalid_request', 'Expected a text frame with JSON');
  const text = (data as Buffer).toString('utf8');
  checkStructure(text);
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (cause) {
    throw new TrestleError('invalid_request', 'The frame is not JSON', { cause });
  }
  if (!isPlainObject(frame)) throw new TrestleError('invalid_type', 'The frame must be a JSON object');
  const { stream_id: streamId } = frame;
  if (streamId !== undefined && (typeof streamId !== 'string' || streamId.length > 256))
    throw new TrestleError('invalid_type', 'Expected a string of at most 256 characters', { param: 'stream_id' });
  checkInputSize(frame);
  return frame;
}
