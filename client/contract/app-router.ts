// tRPC's types name Disposable, which projects without the newest library of TypeScript do not have.
/// <reference lib="esnext.disposable" preserve="true" />
import type Anthropic from '@anthropic-ai/sdk';
import type {
  TRPCBuiltRouter,
  TRPCErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server';
import type {
  ApiKey,
  ApiKeyCreateRequest,
  ApiKeyList,
  ApiKeyListRequest,
  ApiKeyRequest,
  ApiKeyRotateRequest,
  ApiKeyUpdateRequest,
  DeletedApiKey,
  NewApiKey,
} from '../../shared/api-key.ts';
import type { AuditLog, AuditLogRequest } from '../../shared/audit-log.ts';
import type { Batch, BatchCreateRequest, BatchList, BatchListRequest, BatchRequest } from '../../shared/batch.ts';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type {
  ChatCancelRequest,
  ChatCompletionRequest,
  ChatResumeRequest,
  ChatStreamRequest,
} from '../../shared/chat-request.ts';
import type { ErrorObject } from '../../shared/error-response.ts';
import type { ErrorKind } from '../../shared/error.ts';
import type {
  DeletedFile,
  FileContent,
  FileCreateRequest,
  FileList,
  FileListRequest,
  FileObject,
  FileRequest,
} from '../../shared/file.ts';
import type {
  MessagesCountRequest,
  MessagesCreateRequest,
  MessagesStreamRequest,
} from '../../shared/messages/messages-request.ts';
import type { Model, ModelList, ModelRequest } from '../../shared/model.ts';
import type { CostsPage, CostsRequest, UsagePage, UsageRequest } from '../../shared/organization-usage.ts';
import type {
  Project,
  ProjectCreateRequest,
  ProjectList,
  ProjectListRequest,
  ProjectRequest,
  ProjectUpdateRequest,
} from '../../shared/project.ts';
import type { RateLimit, RateLimitList, RateLimitUpdateRequest } from '../../shared/rate-limit.ts';
import type {
  Conversation,
  ConversationCreateRequest,
  ConversationItem,
  ConversationItemRequest,
  ConversationItemsCreateRequest,
  ConversationRequest,
  ConversationUpdateRequest,
  DeletedConversation,
} from '../../shared/responses/conversation.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { ResponsesRequest, ResponsesStreamRequest } from '../../shared/responses/responses-request.ts';
import type {
  DeletedResponse,
  ResponseItemList,
  ResponseItemsRequest,
  ResponseResumeRequest,
  ResponseRetrieveRequest,
} from '../../shared/responses/stored-response.ts';
import type {
  DeletedCompletion,
  StoredCompletionList,
  StoredCompletionRequest,
  StoredListRequest,
  StoredMessageList,
  StoredMessagesRequest,
  StoredUpdateRequest,
} from '../../shared/stored-completion.ts';
import type { TokenCount } from '../../shared/token-count.ts';

/** What a failed call carries beside tRPC's own. */
interface ErrorData {
  /** tRPC's name for the status. */
  code: string;
  /** What failed; it tells apart what has one status, type and code. */
  kind: ErrorKind | undefined;
  httpStatus: number;
  path: string | undefined;
  requestId: string | undefined;
  /** Whole seconds to wait before the next try. */
  retryAfter: number | undefined;
  error: ErrorObject;
}

interface Root {
  ctx: object;
  meta: object;
  errorShape: TRPCErrorShape<ErrorData>;
  transformer: true;
}

interface Procedure<Input, Output> {
  input: Input;
  output: Output;
  meta: object;
  errorShape: Root['errorShape'];
}

type Query<Input, Output> = TRPCQueryProcedure<Procedure<Input, Output>>;
type Mutation<Input, Output> = TRPCMutationProcedure<Procedure<Input, Output>>;
/** Items under the ids by which a subscription goes on behind them. */
type Stream<Input, Item> = TRPCSubscriptionProcedure<Procedure<Input, AsyncIterable<{ id: string; data: Item }>>>;

/**
 * The server's router as a client sees it: without what the server keeps of a call, whose types would ask for the server's
 * packages. `test/types/app-router.test-d.ts` holds it against the router itself.
 */
export type AppRouter = TRPCBuiltRouter<
  Root,
  {
    batches: {
      create: Mutation<BatchCreateRequest, Batch>;
      list: Query<BatchListRequest, BatchList>;
      /** How far a batch is. */
      retrieve: Query<BatchRequest, Batch>;
      /** Ends a batch before its time. */
      cancel: Mutation<BatchRequest, Batch>;
    };
    chat: {
      /** A whole answer. */
      complete: Mutation<ChatCompletionRequest, ChatCompletion>;
      /** The prompt tokens of a request, before it is made. */
      countTokens: Query<ChatCompletionRequest, TokenCount>;
      /** A streamed answer. */
      stream: Stream<ChatStreamRequest, ChatCompletionChunk>;
      /** The rest of a streamed answer, for a caller that does not have the request any more. */
      resume: Stream<ChatResumeRequest, ChatCompletionChunk>;
      /** Ends a streamed answer. */
      cancel: Mutation<ChatCancelRequest, { cancelled: boolean }>;
      /** Completions whose requests had `store: true`. */
      stored: {
        list: Query<StoredListRequest, StoredCompletionList>;
        retrieve: Query<StoredCompletionRequest, ChatCompletion>;
        update: Mutation<StoredUpdateRequest, ChatCompletion>;
        delete: Mutation<StoredCompletionRequest, DeletedCompletion>;
        messages: Query<StoredMessagesRequest, StoredMessageList>;
      };
    };
    conversations: {
      create: Mutation<ConversationCreateRequest, Conversation>;
      retrieve: Query<ConversationRequest, Conversation>;
      update: Mutation<ConversationUpdateRequest, Conversation>;
      delete: Mutation<ConversationRequest, DeletedConversation>;
      createItems: Mutation<ConversationItemsCreateRequest, ResponseItemList>;
      listItems: Query<ResponseItemsRequest, ResponseItemList>;
      retrieveItem: Query<ConversationItemRequest, ConversationItem>;
      deleteItem: Mutation<ConversationItemRequest, Conversation>;
    };
    files: {
      create: Mutation<FileCreateRequest, FileObject>;
      list: Query<FileListRequest, FileList>;
      retrieve: Query<FileRequest, FileObject>;
      /** What is in a file. */
      content: Query<FileRequest, FileContent>;
      delete: Mutation<FileRequest, DeletedFile>;
    };
    messages: {
      /** A whole message, in Claude's own shapes. */
      create: Mutation<MessagesCreateRequest, Anthropic.Message>;
      /** A streamed message, in Claude's own events. */
      stream: Stream<MessagesStreamRequest, Anthropic.RawMessageStreamEvent>;
      /** The input tokens of a request, before it is made. */
      countTokens: Query<MessagesCountRequest, Anthropic.MessageTokensCount>;
    };
    organization: {
      /** Tokens by time, key and model, for the admin key. */
      usage: Query<UsageRequest, UsagePage>;
      /** US dollars by day, key and model, for the admin key. */
      costs: Query<CostsRequest, CostsPage>;
      /** Teams, for the admin key. */
      projects: {
        create: Mutation<ProjectCreateRequest, Project>;
        list: Query<ProjectListRequest, ProjectList>;
        retrieve: Query<ProjectRequest, Project>;
        update: Mutation<ProjectUpdateRequest, Project>;
        /** Makes all keys of a project invalid. */
        archive: Mutation<ProjectRequest, Project>;
      };
      /** The API keys of projects, for the admin key. */
      keys: {
        /** The answer has the key itself, this once. */
        create: Mutation<ApiKeyCreateRequest, NewApiKey>;
        list: Query<ApiKeyListRequest, ApiKeyList>;
        retrieve: Query<ApiKeyRequest, ApiKey>;
        update: Mutation<ApiKeyUpdateRequest, ApiKey>;
        /** Gives a key another text; the one that it had is valid for some time as well. */
        rotate: Mutation<ApiKeyRotateRequest, NewApiKey>;
        /** Revokes a key. */
        delete: Mutation<ApiKeyRequest, DeletedApiKey>;
      };
      /** The limits of projects, for the admin key. */
      limits: { list: Query<ProjectRequest, RateLimitList>; update: Mutation<RateLimitUpdateRequest, RateLimit> };
      /** What was changed, for the admin key. */
      audit: { list: Query<AuditLogRequest, AuditLog> };
    };
    models: {
      list: Query<Record<string, unknown> | undefined, ModelList>;
      retrieve: Query<ModelRequest, Model>;
    };
    responses: {
      /** A whole response. */
      create: Mutation<ResponsesRequest, Response>;
      /** A streamed response. */
      stream: Stream<ResponsesStreamRequest, ResponseStreamEvent>;
      /** The rest of a streamed response, for a caller that does not have the request any more. */
      resume: Stream<ResponseResumeRequest, ResponseStreamEvent>;
      /** A response that is kept. */
      retrieve: Query<ResponseRetrieveRequest, Response>;
      /** Forgets a response. */
      delete: Mutation<ResponseRetrieveRequest, DeletedResponse>;
      /** Ends a response that goes on in the background. */
      cancel: Mutation<ResponseRetrieveRequest, Response>;
      /** What a response was asked. */
      inputItems: Query<ResponseItemsRequest, ResponseItemList>;
    };
  }
>;
