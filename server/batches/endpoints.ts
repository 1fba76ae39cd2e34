import type { z } from 'zod';
import type { BatchEndpoint } from '../../shared/batch.ts';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import type { Verb } from '../answers/verb.ts';
import { checkInputSize } from '../calls/input-size.ts';
import { fromZodError } from '../calls/invalid-input.ts';
import { createChatVerb } from '../chat/chat-verb.ts';
import type { StoredCompletions } from '../chat/stored/stored-completions.ts';
import { storing } from '../chat/stored/storing-verb.ts';
import { fromResponsesBody } from '../claude/request/from-responses-body.ts';
import type { ResponsesDependencies } from '../responses/prepare.ts';
import { createResponsesVerb } from '../responses/responses-verb.ts';

/** What the requests of a batch are answered with: all that the live doors have. */
export interface LineDependencies extends ResponsesDependencies {
  storedCompletions: StoredCompletions;
}

type Fields = Record<string, unknown>;

/** What a batch can't do for a field, and when that is asked for. */
interface Unfit {
  field: string;
  is: (value: unknown) => boolean;
  message: string;
}

interface Endpoint {
  schema: z.ZodType<object>;
  /** The body as it is validated. */
  read: (body: Fields) => Fields;
  unfit: readonly Unfit[];
  /** The verb of the live door. */
  verb: (dependencies: LineDependencies) => Verb;
}

const STREAM: Unfit = {
  field: 'stream',
  is: (value) => value === true,
  message: 'the answers of a batch are not streamed',
};

/** What a line of a batch is checked and answered by. */
export const ENDPOINTS: Readonly<Record<BatchEndpoint, Endpoint>> = {
  '/v1/chat/completions': {
    schema: ChatCompletionRequest,
    read: fromResponsesBody,
    unfit: [
      STREAM,
      {
        field: 'n',
        is: (value) => typeof value === 'number' && value > 1,
        message: 'a request of a batch has one choice; write a line for each choice',
      },
    ],
    verb: (dependencies) =>
      storing(createChatVerb(dependencies), {
        stored: dependencies.storedCompletions,
        onFailure: dependencies.onStorageFailure,
      }),
  },
  '/v1/responses': {
    schema: ResponsesRequest,
    read: (body) => body,
    unfit: [
      STREAM,
      { field: 'background', is: (value) => value === true, message: 'all of a batch runs in the background' },
      { field: 'generate', is: (value) => value === false, message: 'a request of a batch asks for an answer' },
      {
        field: 'conversation',
        is: (value) => value !== undefined && value !== null,
        message: 'the requests of a batch are answered in no order, and a conversation has one',
      },
    ],
    verb: (dependencies) => createResponsesVerb(dependencies),
  },
};

/** The request of a body, as the live door reads it. Throws a 400 that names the field. */
export function readRequest(endpoint: BatchEndpoint, body: Fields): object {
  const { schema, read, unfit } = ENDPOINTS[endpoint];
  checkInputSize(body);
  const parsed = schema.safeParse(read(body));
  if (!parsed.success) throw fromZodError(parsed.error);
  for (const { field, is, message } of unfit)
    if (is(body[field])) throw new TrestleError('unsupported_parameter', `${field}: ${message}`, { param: field });
  return parsed.data;
}
