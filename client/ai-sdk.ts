import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai';
import type { ChatCompletionRequest } from '../shared/chat-request.ts';
import { isConnectionError, toChatError } from './ai-sdk/disconnect-error.ts';
import { replayParts } from './ai-sdk/replay-parts.ts';
import { type RunningStream, RunningStreams, type StreamStorageSource } from './ai-sdk/running-streams.ts';
import { toChatMessages } from './ai-sdk/to-chat-messages.ts';
import { type ChatTools, toTools } from './ai-sdk/to-tools.ts';
import { toUiChunkStream } from './ai-sdk/ui-chunk-stream.ts';
import { type ChatStream, createTrestleClient, type TrestleClient, type TrestleClientOptions } from './index.ts';
import { randomKey } from './stream/random-key.ts';

export type { TrestleMetadata, TrestleUIMessage } from './ai-sdk/message-parts.ts';
export type { StreamStorage, StreamStorageSource } from './ai-sdk/running-streams.ts';
export type { ChatTools, NamedTool } from './ai-sdk/to-tools.ts';
export { TrestleError } from '../shared/error.ts';

type SendOptions<M extends UIMessage> = Parameters<ChatTransport<M>['sendMessages']>[0];
type ReconnectOptions<M extends UIMessage> = Parameters<ChatTransport<M>['reconnectToStream']>[0];

/**
 * Any field of a request, e.g. `reasoning_effort`; a `model` here goes before the transport's. Fields that are none of
 * the contract's go in the `body` given to `sendMessage`, which has no type.
 */
export type RequestFields = Partial<ChatCompletionRequest>;

export interface PreparedRequest<M extends UIMessage> {
  id: string;
  messages: M[];
  /** The `metadata` given to `sendMessage` or `regenerate`. */
  requestMetadata: unknown;
  /** What would be sent. */
  body: ChatCompletionRequest;
  trigger: SendOptions<M>['trigger'];
  messageId: string | undefined;
}

export type TrestleChatTransportOptions<M extends UIMessage = UIMessage> = (
  | { client: TrestleClient }
  | (TrestleClientOptions & { client?: undefined })
) & {
  /** A Claude model, or an alias that the server knows. */
  model: string;
  /** The system prompt, ahead of the chat's messages. */
  system?: string | undefined;
  /** What Claude may call. The calls are run by the page: `onToolCall` and `addToolOutput`. */
  tools?: ChatTools | undefined;
  /** Further fields of each request; those of the `body` given to `sendMessage` go before them. */
  body?: RequestFields | (() => RequestFields | Promise<RequestFields>) | undefined;
  /** The last word on what is sent. */
  prepareSendMessagesRequest?:
    | ((request: PreparedRequest<M>) => { body: ChatCompletionRequest } | Promise<{ body: ChatCompletionRequest }>)
    | undefined;
  /** Where to remember running answers, e.g. `() => sessionStorage`, so that they go on after the page was loaded again. */
  storage?: StreamStorageSource | undefined;
  /** Receives each answer as it starts or is resumed, e.g. to show the state of its connection. */
  onStream?: ((stream: ChatStream, chatId: string) => void) | undefined;
};

/**
 * The transport for the AI SDK's `useChat`, straight to a Trestle server. A lost connection is made again by itself;
 * `stop()` ends Claude's work; `resume: true` goes on with the answer that ran when the page was loaded again.
 * Failures are {@link TrestleError}s. `headers` given to `sendMessage` are not sent: all answers share one socket.
 */
export class TrestleChatTransport<M extends UIMessage = UIMessage> implements ChatTransport<M> {
  /** With `resume`, an answer comes again from its beginning. */
  readonly resumeStreamIsReplay = true;
  readonly client: TrestleClient;
  readonly #options: TrestleChatTransportOptions<M>;
  readonly #running: RunningStreams;

  constructor(options: TrestleChatTransportOptions<M>) {
    this.#options = options;
    this.client = options.client ?? createTrestleClient(options);
    this.#running = new RunningStreams(options.storage);
  }

  async sendMessages(options: SendOptions<M>): Promise<ReadableStream<UIMessageChunk>> {
    const { chatId, messages, messageId, abortSignal, trigger } = options;
    const request = await this.#request(options);
    abortSignal?.throwIfAborted();
    const key = randomKey();
    const stream = this.client.stream(request, { signal: abortSignal, idempotencyKey: key });
    this.#options.onStream?.(stream, chatId);
    const target = messageId === undefined ? messages.at(-1) : messages.find((message) => message.id === messageId);
    const continued = trigger === 'submit-message' && target?.role === 'assistant' ? target : undefined;
    const running: RunningStream = {
      key,
      ...(continued && { messageId: continued.id }),
      parts: continued?.parts ?? [],
      metadata: continued?.metadata,
    };
    return await this.#read(stream, chatId, running, abortSignal, (id) => [
      { type: 'start', messageId: continued?.id ?? id },
      { type: 'start-step' },
    ]);
  }

  /**
   * The chat's running answer from its beginning; null when there is none. Throws `stream_not_resumable` for one that is
   * over for too long.
   */
  async reconnectToStream({
    chatId,
    abortSignal,
  }: ReconnectOptions<M>): Promise<ReadableStream<UIMessageChunk> | null> {
    // React's strict mode asks twice in one turn and gives the first one up: for that one nothing begins.
    await Promise.resolve();
    const running = this.#running.get(chatId);
    if (running === undefined || abortSignal?.aborted) return null;
    const { key, id: known, messageId, parts, metadata } = running;
    const which = known ?? (key !== undefined && { idempotencyKey: key });
    if (!which) return null;
    const stream = this.client.resume(which, { signal: abortSignal });
    this.#options.onStream?.(stream, chatId);
    return await this.#read(stream, chatId, running, abortSignal, (id) => [
      { type: 'start', messageId: messageId ?? id, ...(metadata !== undefined && { messageMetadata: metadata }) },
      ...replayParts(parts),
      { type: 'start-step' },
    ]);
  }

  /** Waits for the first chunk: a request that is refused leaves no empty message. A new page finds the answer before it too. */
  async #read(
    stream: ChatStream,
    chatId: string,
    running: RunningStream,
    signal: AbortSignal | undefined,
    before: (id: string) => UIMessageChunk[],
  ): Promise<ReadableStream<UIMessageChunk>> {
    const onEnd = (error?: unknown): void => {
      // After a lost connection the answer may still be there: `resumeStream()` tries again.
      if (!isConnectionError(error)) this.#running.delete(chatId, running);
    };
    this.#running.set(chatId, running);
    try {
      const first = await stream.next();
      const id = first.done ? '' : first.value.id;
      if (first.done) onEnd();
      else this.#running.set(chatId, { ...running, id });
      return toUiChunkStream(stream, { before: before(id), first, signal, onEnd });
    } catch (thrown) {
      onEnd(thrown);
      throw toChatError(thrown);
    }
  }

  async #request(options: SendOptions<M>): Promise<ChatCompletionRequest> {
    const { model, system, tools, body, prepareSendMessagesRequest } = this.#options;
    const { chatId, messages, trigger, messageId, metadata } = options;
    const [said, known, fields] = await Promise.all([
      toChatMessages(messages),
      toTools(tools),
      typeof body === 'function' ? body() : body,
    ]);
    const request: ChatCompletionRequest = {
      model,
      stream_options: { include_usage: true },
      ...(known && { tools: known }),
      ...fields,
      ...options.body,
      messages: system === undefined ? said : [{ role: 'system', content: system }, ...said],
    };
    if (!prepareSendMessagesRequest) return request;
    const asked = { id: chatId, messages, requestMetadata: metadata, body: request, trigger, messageId };
    return (await prepareSendMessagesRequest(asked)).body;
  }
}
