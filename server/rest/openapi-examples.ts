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
const PROJECT = {
  id: 'proj_0c95a294ecd041069abc39c17870fdb2',
  object: 'organization.project' as const,
  name: 'web',
  created_at: 1_795_737_600,
  archived_at: null,
  status: 'active' as const,
};
const API_KEY = {
  id: 'key_0c95a294ecd041069abc39c17870fdb2',
  object: 'organization.project.api_key' as const,
  name: 'web in production',
  redacted_value: 'sk-trestle-Zk3x...9fQw',
  created_at: 1_795_737_600,
  last_used_at: null,
  expires_at: null,
  owner: { type: 'service_account' as const },
  owner_project_access: 'active' as const,
  project_id: PROJECT.id,
  models: ['claude-sonnet-5-5'],
  aliases: { fast: 'claude-haiku-5-5' },
  limits: { max_requests_per_1_minute: 600 },
  metadata: { team: 'web' },
};
const NEW_API_KEY = { ...API_KEY, value: 'sk-trestle-Zk3xExampleExampleExampleExampleExample9fQw' };
const RATE_LIMIT = {
  object: 'project.rate_limit' as const,
  id: 'rl-claude-sonnet-5-5',
  model: 'claude-sonnet-5-5',
  max_requests_per_1_minute: 600,
  max_tokens_per_1_minute: 1_000_000,
};
const AUDIT_EVENT = {
  id: 'audit_log_0c95a294ecd041069abc39c17870fdb2',
  type: 'api_key.created' as const,
  effective_at: 1_795_737_600,
  project: { id: PROJECT.id },
  actor: { type: 'api_key' as const, api_key: { id: 'admin' } },
  api_key_id: API_KEY.id,
  fields: ['name', 'models'],
  request_id: 'req_aabcf54cee00cf9e69180000000000e6',
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
            project_id: null,
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
            project_id: null,
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
  Project: PROJECT,
  ProjectList: { object: 'list', data: [PROJECT], first_id: PROJECT.id, last_id: PROJECT.id, has_more: false },
  ApiKey: API_KEY,
  NewApiKey: NEW_API_KEY,
  ApiKeyList: { object: 'list', data: [API_KEY], first_id: API_KEY.id, last_id: API_KEY.id, has_more: false },
  DeletedApiKey: { id: API_KEY.id, object: 'organization.project.api_key.deleted', deleted: true },
  RateLimit: RATE_LIMIT,
  RateLimitList: {
    object: 'list',
    data: [RATE_LIMIT],
    first_id: RATE_LIMIT.id,
    last_id: RATE_LIMIT.id,
    has_more: false,
  },
  AuditLog: {
    object: 'list',
    data: [AUDIT_EVENT],
    first_id: AUDIT_EVENT.id,
    last_id: AUDIT_EVENT.id,
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
