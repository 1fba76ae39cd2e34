import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { ChunkFolder } from '../../../shared/fold-chunks.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { PreparedStream } from '../../answers/verb.ts';
import type { Call } from '../../calls/call.ts';
import { isStored } from '../../store/is-stored.ts';
import type { ChatVerb } from '../chat-verb.ts';
import type { StoredCompletions } from './stored-completions.ts';

/** The answer is there and paid for, so its caller gets it, and is told. */
const NOT_STORED: Notice = {
  param: 'store',
  action: 'ignored',
  message: 'the completion could not be stored, and can not be retrieved',
};

export interface StoringOptions {
  stored: StoredCompletions;
  /** Receives why a completion could not be stored. */
  onFailure: (error: unknown) => void;
}

type Asked = Pick<ChatCompletionRequest, 'model' | 'messages' | 'metadata'>;

/**
 * The verb of chat completions, which stores those whose callers ask for it. When an answer is there whole, or its stream
 * has ended, it can be found. One that breaks off is not stored.
 */
export function storing(verb: ChatVerb, options: StoringOptions): ChatVerb {
  const isAsked = ({ store }: ChatCompletionRequest): boolean => store === true && options.stored.isOn;
  return {
    ...verb,
    // Not an async function, which would keep the request until the answer is there.
    complete: (call, request) =>
      isAsked(request)
        ? storeWhole(options, call, toAsked(request), verb.complete(call, request))
        : verb.complete(call, request),
    stream(call, request) {
      const prepared = verb.stream(call, request);
      if (!isAsked(request)) return prepared;
      const asked = toAsked(request);
      const start: PreparedStream['start'] = (signal) =>
        // Sound: these are the items of the verb of chat completions.
        storeStream(options, call, asked, prepared.start(signal) as AsyncIterable<ChatCompletionChunk[]>);
      return { id: prepared.id, start };
    },
  };
}

/** What of a request is stored; the rest may be long. */
function toAsked({ model, messages, metadata }: ChatCompletionRequest): Asked {
  return { model, messages, metadata };
}

async function storeWhole(
  options: StoringOptions,
  call: Call,
  asked: Asked,
  answer: Promise<ChatCompletion>,
): Promise<ChatCompletion> {
  const completion = await answer;
  if (await isStored(options.stored.keep(call.owner, asked, completion), options.onFailure)) return completion;
  completion.notices = call.record.notices = [...(completion.notices ?? []), NOT_STORED];
  return completion;
}

async function* storeStream(
  options: StoringOptions,
  call: Omit<Call, 'signal'>,
  asked: Asked,
  batches: AsyncIterable<ChatCompletionChunk[]>,
): AsyncGenerator<ChatCompletionChunk[]> {
  const folder = new ChunkFolder();
  /** What closes the stream waits until the completion is stored: it says so when that fails. */
  let closing: ChatCompletionChunk[] = [];
  for await (const batch of batches) {
    for (const chunk of batch) folder.push(chunk);
    if (closing.length > 0 || batch.some(closes)) closing.push(...batch);
    else yield batch;
  }
  const { completion } = folder;
  // A stream tells its tokens to those who ask for them.
  completion.usage ??= call.record.usage;
  if (!(await isStored(options.stored.keep(call.owner, asked, completion), options.onFailure))) {
    const told = [...(completion.notices ?? []), NOT_STORED];
    const [last, ...others] = closing.toReversed();
    call.record.notices = told;
    closing = [...others.toReversed(), { ...last!, notices: told }];
  }
  yield closing;
}

function closes({ choices }: ChatCompletionChunk): boolean {
  return choices.length === 0 || choices.some(({ finish_reason: reason }) => reason !== null);
}
