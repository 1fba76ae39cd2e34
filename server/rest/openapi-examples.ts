import type { ErrorResponse } from '../../shared/error-response.ts';
import { ERRORS, type ErrorKind, TrestleError } from '../../shared/error.ts';
import type { Response } from '../../shared/responses/response.ts';
import { beginResponse, toResponseUsage } from '../claude/responses/response-object.ts';

const COMPLETION = { id: 'chatcmpl-3Qx8TzY0LwMhN5cK', created: 1_795_737_600, model: 'claude-sonnet-5-5' };
const MODEL = {
  id: 'claude-sonnet-5-5',
  object: 'model',
  created: 1_790_553_600,
  owned_by: 'anthropic',
  display_name: 'Claude Sonnet 5.5',
  context_window: 1_000_000,
  max_output_tokens: 128_000,
  shutdown_date: null,
};

const OUTPUT = {
  type: 'message' as const,
  id: 'msg_0c95a294ecd041069abc39c17870fdb20000',
  role: 'assistant' as const,
  status: 'completed' as const,
  content: [{ type: 'output_text' as const, text: 'Hello! How can I help you today?', annotations: [], logprobs: [] }],
};
const RESPONSE: Response = {
  ...beginResponse(
    { model: MODEL.id, input: 'Hello!' },
    { id: 'resp_0c95a294ecd041069abc39c17870fdb2', createdAt: 1_795_737_600, model: MODEL.id, stored: true },
  ),
  status: 'completed',
  completed_at: 1_795_737_601,
  output: [OUTPUT],
  usage: toResponseUsage({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }),
};

const CONVERSATION = {
  id: 'conv_0c95a294ecd041069abc39c17870fdb2',
  object: 'conversation' as const,
  created_at: 1_795_737_600,
  metadata: { customer: '7' },
};

const BUCKET = { object: 'bucket', start_time: 1_795_737_600, end_time: 1_795_824_000 };
const FILE = {
  id: 'file-0c95a294ecd041069abc39c17870fdb2',
  object: 'file' as const,
  bytes: 1024,
  created_at: 1_795_737_600,
  expires_at: 1_798_329_600,
  filename: 'requests.jsonl',
  purpose: 'batch' as const,
  status: 'processed' as const,
};
const BATCH = {
  id: 'batch_0c95a294ecd041069abc39c17870fdb2',
  object: 'batch' as const,
  endpoint: '/v1/chat/completions' as const,
  input_file_id: FILE.id,
  completion_window: '24h' as const,
  status: 'in_progress' as const,
  created_at: 1_795_737_600,
  in_progress_at: 1_795_737_601,
  expires_at: 1_795_824_000,
  request_counts: { total: 100, completed: 95, failed: 1 },
  metadata: { job: '7' },
};

const STORED = {
  ...COMPLETION,
  object: 'chat.completion' as const,
  choices: [
    {
      index: 0,
      message: { role: 'assistant' as const, content: 'Hello! How can I help you today?', refusal: null },
      logprobs: null,
      finish_reason: 'stop' as const,
    },
  ],
  usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
  metadata: { customer: '7' },
};
const { metadata: _metadata, ...ANSWER } = STORED;

/** What the reference page's form starts with, and what answers look like, by schema. */
export const EXAMPLES = {
  ChatCompletionRequest: { model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hello!' }] },
  ChatCompletion: ANSWER,
  StoredChatCompletionList: {
    object: 'list',
    data: [STORED],
    first_id: COMPLETION.id,
    last_id: COMPLETION.id,
    has_more: false,
  },
  UsagePage: {
    object: 'page',
    data: [
      {
        ...BUCKET,
        results: [
          {
            object: 'organization.usage.completions.result',
            input_tokens: 12_400,
            input_cached_tokens: 9000,
            input_cache_write_tokens: 0,
            output_tokens: 310,
            num_model_requests: 4,
            api_key_id: null,
            model: 'claude-sonnet-5-5',
          },
        ],
      },
    ],
    has_more: false,
    next_page: null,
  },
  CostsPage: {
    object: 'page',
    data: [
      {
        ...BUCKET,
        results: [
          {
            object: 'organization.costs.result',
            amount: { value: 0.0108, currency: 'usd' },
            unpriced_requests: 0,
            api_key_id: null,
            line_item: 'claude-sonnet-5-5',
          },
        ],
      },
    ],
    has_more: false,
    next_page: null,
  },
  StoredChatMessageList: {
    object: 'list',
    data: [{ id: `${COMPLETION.id}-0`, role: 'user', content: 'Hello!', content_parts: null, refusal: null }],
    first_id: `${COMPLETION.id}-0`,
    last_id: `${COMPLETION.id}-0`,
    has_more: false,
  },
  DeletedChatCompletion: { id: COMPLETION.id, object: 'chat.completion.deleted', deleted: true },
  File: FILE,
  FileList: { object: 'list', data: [FILE], first_id: FILE.id, last_id: FILE.id, has_more: false },
  DeletedFile: { id: FILE.id, object: 'file', deleted: true },
  BatchCreateRequest: { input_file_id: FILE.id, endpoint: BATCH.endpoint, completion_window: '24h' },
  Batch: BATCH,
  BatchList: { object: 'list', data: [BATCH], first_id: BATCH.id, last_id: BATCH.id, has_more: false },
  ChatCompletionChunk: {
    ...COMPLETION,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content: 'Hello!' }, logprobs: null, finish_reason: null }],
  },
  TokenCount: { object: 'chat.completion.input_tokens', model: 'claude-sonnet-5-5', input_tokens: 9 },
  Model: MODEL,
  ListModelsResponse: { object: 'list', data: [MODEL] },
  ResponsesRequest: { model: 'claude-sonnet-5-5', input: 'Hello!' },
  Response: RESPONSE,
  ResponseStreamEvent: {
    type: 'response.output_text.delta',
    sequence_number: 4,
    item_id: OUTPUT.id,
    output_index: 0,
    content_index: 0,
    delta: 'Hello!',
    logprobs: [],
  },
  ResponseItemList: {
    object: 'list',
    data: [{ type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'input_text', text: 'Hello!' }] }],
    first_id: 'msg_1',
    last_id: 'msg_1',
    has_more: false,
  },
  ConversationCreateRequest: { metadata: { customer: '7' } },
  Conversation: CONVERSATION,
  DeletedConversation: { id: CONVERSATION.id, object: 'conversation.deleted', deleted: true },
  ConversationItem: { type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'input_text', text: 'Hello!' }] },
  DeletedResponse: { id: RESPONSE.id, object: 'response', deleted: true },
} satisfies Record<string, object>;

/** What a caller of REST may read, and the field that it is about. Those without a status are the client's own. */
const MESSAGES: Readonly<Partial<Record<ErrorKind, readonly [message: string, param?: string]>>> = {
  invalid_request: ['The request body is not JSON: there is a comma too many at line 3, column 14.'],
  invalid_type: ["Invalid type for 'temperature': expected a number, got a string.", 'temperature'],
  missing_required_parameter: ["Missing required parameter: 'messages'.", 'messages'],
  invalid_value: ["Invalid value for 'temperature': expected at most 2.", 'temperature'],
  unsupported_parameter: ["modalities can't be honoured: Claude answers in text alone", 'modalities'],
  context_length_exceeded: ['The prompt is longer than the context window of the model', 'messages'],
  previous_response_not_found: ["Previous response with id 'resp_1' not found.", 'previous_response_id'],
  invalid_api_key: ['Incorrect API key provided'],
  admin_only: ['This needs the admin key, which is the TRESTLE_ADMIN_KEY of the server'],
  origin_not_allowed: ['Pages of https://app.example.com may not call this server'],
  model_not_found: ["The model 'claude-sonet-5-5' does not exist; did you mean 'claude-sonnet-5-5'?", 'model'],
  not_found: ['There is no GET /v1/nothing'],
  method_not_allowed: ['GET is not allowed here'],
  idempotency_conflict: ['The Idempotency-Key was used for another request'],
  stream_not_resumable: ['The stream is no longer kept'],
  request_too_large: ['The request is larger than 33554432 bytes'],
  unsupported_media_type: ['The request body must be application/json'],
  rate_limit_exceeded: ['Claude takes no more requests for now'],
  insufficient_quota: ["The server's credit at Claude is used up"],
  internal: ['The server failed'],
  upstream_authentication: ["Claude refuses the server's key"],
  upstream_error: ["Claude's answer broke off"],
  overloaded: ['Claude is overloaded'],
  too_many_streams: ['Too many streams are running'],
  draining: ['The server is stopping'],
  upstream_timeout: ['Claude did not answer in time'],
};

/** An error of each kind that the REST routes answer with, for the document's `components.examples`. */
export const ERROR_EXAMPLES: Readonly<Record<string, { value: ErrorResponse }>> = Object.fromEntries(
  Object.entries(MESSAGES).map(([kind, [message, param]]) => [
    kind,
    { value: { error: new TrestleError(kind as ErrorKind, message, { param }).toObject() } },
  ]),
);

/** The kinds of errors with a status. */
export function kindsOf(status: number): string[] {
  return Object.keys(ERROR_EXAMPLES).filter((kind) => ERRORS[kind as ErrorKind].status === status);
}
