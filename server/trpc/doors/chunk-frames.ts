/**
 * Frames of the WebSocket protocol, made without `ws` (8.23.0) for what a batch of chunks says, and handed to tRPC's
 * adapter by its `experimental_encoder`. It is the way out for `chunk-batch.ts`, and buys nothing without it: from
 * 25 µs of CPU an event to 11 together (means). `test/unit/trpc/chunk-frames.test.ts` has `ws` read the frames, among its own.
 * Without this file the batch's messages are sent one by one, by `client.send`.
 */
import { type Encoder, jsonEncoder } from '@trpc/server/adapters/ws';
import { checkStructure } from '../../calls/json-structure.ts';
import { ChunkBatch, type DataMessage } from '../chunk-batch.ts';

/** First byte of a text frame that is a whole message (RFC 6455, section 5.2); a server's frames are not masked. */
const TEXT = 0x81;
const MAX_HEADER_LENGTH = 10;
/** Characters of a message's id. */
const MAX_ID = 256;

/**
 * JSON, but for chunks, of which a whole batch goes through tRPC's adapter at once: it races two promises and copies
 * four objects for each value, which cost twice as much as all that is done for the chunk. A batch comes out as bytes,
 * frames and all, which the `ws` package would take apart again: {@link corkSocket} writes them as they are.
 */
export const chunkEncoder: Encoder = {
  encode: (message) => {
    const data = message as DataMessage;
    const batch = data.result?.data?.json;
    return batch instanceof ChunkBatch ? toFrames(batch.messages(data)) : jsonEncoder.encode(message);
  },
  decode: (data) => {
    // Bytes are refused by the JSON encoder itself.
    if (typeof data === 'string') checkStructure(data);
    return withShortIds(jsonEncoder.decode(data));
  },
};

/** Throws for an id of a caller's that would make each frame of its answer long: tRPC repeats it in all of them. */
function withShortIds(messages: unknown): unknown {
  for (const message of Array.isArray(messages) ? messages : [messages]) {
    const id = (message as { id?: unknown } | null)?.id;
    if (typeof id === 'string' && id.length > MAX_ID) throw new Error('the id is too long');
  }
  return messages;
}

/** Texts as WebSocket frames, one after the other. */
export function toFrames(texts: readonly string[]): Buffer<ArrayBuffer> {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length + MAX_HEADER_LENGTH, 0));
  let end = 0;
  for (const [index, text] of texts.entries()) {
    end = writeHeader(frames, end, lengths[index]!);
    end += frames.write(text, end);
  }
  return frames.subarray(0, end);
}

/** Returns where the frame's content begins. */
function writeHeader(frames: Buffer, start: number, length: number): number {
  frames[start] = TEXT;
  if (length < 126) {
    frames[start + 1] = length;
    return start + 2;
  }
  if (length < 0x1_0000) {
    frames[start + 1] = 126;
    return frames.writeUInt16BE(length, start + 2);
  }
  frames[start + 1] = 127;
  return frames.writeBigUInt64BE(BigInt(length), start + 2);
}
