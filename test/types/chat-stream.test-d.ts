import { expectTypeOf } from 'vitest';
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatStream,
  createTrestleClient,
  type ErrorCode,
  type ToolCall,
  TrestleError,
} from '../../client/index.ts';
import type { StreamState } from '../../client/stream/state.ts';

// Checked by `npm run typecheck`, never run.
const client = createTrestleClient({ url: 'http://127.0.0.1:8787', transport: 'http' });
const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello!' }] };

export async function streamsAreTyped(signal: AbortSignal): Promise<void> {
  const stream = client.stream(request, { signal, deadlineMs: 1000, idempotencyKey: 'order-7' });
  expectTypeOf(stream).toEqualTypeOf<ChatStream>();
  expectTypeOf(stream).toExtend<AsyncIterable<ChatCompletionChunk>>();
  for await (const chunk of stream) expectTypeOf(chunk).toEqualTypeOf<ChatCompletionChunk>();
  expectTypeOf(stream.text()).toEqualTypeOf<Promise<string>>();
  expectTypeOf(stream.completion()).toEqualTypeOf<Promise<ChatCompletion>>();
  expectTypeOf(stream.toolCalls()).toEqualTypeOf<Promise<ToolCall[]>>();
  expectTypeOf<ChatStream['abort']>().toEqualTypeOf<(reason?: unknown) => void>();
  expectTypeOf(stream.id).toEqualTypeOf<string | undefined>();
  expectTypeOf(stream.lastEventId).toEqualTypeOf<string | undefined>();
  expectTypeOf(stream.state).toEqualTypeOf<StreamState>();
  expectTypeOf<StreamState>().toEqualTypeOf<'connecting' | 'open' | 'resuming' | 'closed'>();
  const forget = stream.on('state', (state) => expectTypeOf(state).toEqualTypeOf<StreamState>());
  expectTypeOf(forget).toEqualTypeOf<() => void>();
  expectTypeOf(client.resume('chatcmpl-1:4', { signal, deadlineMs: 5 })).toEqualTypeOf<ChatStream>();
  for (const call of await stream.toolCalls()) {
    if (call.type === 'function') expectTypeOf(call.function.name).toEqualTypeOf<string>();
  }
}

export function streamsAreChecked(stream: ChatStream): void {
  // @ts-expect-error: no such event
  stream.on('chunk', () => {});
  // @ts-expect-error: the state is the stream's own to change
  stream.state = 'open';
  // @ts-expect-error: a number of milliseconds
  void client.stream(request, { deadlineMs: '5s' });
  // @ts-expect-error: what is resumed has its name already
  void client.resume('chatcmpl-1', { idempotencyKey: 'order-7' });
  // @ts-expect-error: no such transport
  createTrestleClient({ url: 'http://127.0.0.1:8787', transport: 'pigeon' });
}

/** A `switch` over the codes has to hold all of them, and can't hold others. */
export function failuresNarrowByCode(thrown: unknown): string {
  if (!(thrown instanceof TrestleError)) return 'not ours';
  expectTypeOf(thrown.code).toEqualTypeOf<ErrorCode | null>();
  expectTypeOf(thrown.status).toEqualTypeOf<number>();
  expectTypeOf(thrown.param).toEqualTypeOf<string | null>();
  expectTypeOf(thrown.retryAfter).toEqualTypeOf<number | undefined>();
  switch (thrown.code) {
    case 'connection_error':
    case 'deadline_exceeded':
      expectTypeOf(thrown.code).toEqualTypeOf<'connection_error' | 'deadline_exceeded'>();
      return 'try again';
    case 'rate_limit_exceeded':
    case 'overloaded':
    case 'draining':
      return `try again in ${thrown.retryAfter ?? 1} s`;
    case 'cancelled':
    case 'stream_not_resumable':
    case 'stream_already_read':
    case 'incomplete_stream':
    case 'invalid_api_key':
      return thrown.code;
    // @ts-expect-error: no such code
    case 'out_of_coffee':
      return 'never';
    case null:
      return thrown.type;
    default:
      expectTypeOf(thrown.code).toExtend<string>();
      return thrown.message;
  }
}
