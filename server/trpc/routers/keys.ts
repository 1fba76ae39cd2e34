import {
  ApiKey,
  ApiKeyCreateRequest,
  ApiKeyList,
  ApiKeyListRequest,
  ApiKeyRequest,
  ApiKeyRotateRequest,
  ApiKeyUpdateRequest,
  DeletedApiKey,
  NewApiKey,
} from '../../../shared/api-key.ts';
import { answering } from '../procedure-internals.ts';
import { adminProcedure, router } from '../trpc.ts';
import { ONE_PROJECT } from './projects.ts';

const tags = ['Organization'];
const ALL = `${ONE_PROJECT}/api_keys` as const;
const ONE = `${ALL}/{api_key_id}` as const;

/** The API keys of projects, for the admin key, in the shapes of OpenAI's administration API. */
export const keysRouter = router({
  create: answering(
    NewApiKey,
    adminProcedure
      .meta({
        openapi: {
          method: 'POST',
          path: ALL,
          tags,
          summary: 'Create an API key',
          description: 'The answer has the key itself, this once. It is valid at once, in every process.',
          protect: true,
        },
      })
      .input(ApiKeyCreateRequest)
      .mutation(({ ctx, input }) => ctx.services.apiKeys.create(ctx, input)),
  ),

  list: answering(
    ApiKeyList,
    adminProcedure
      .meta({ openapi: { method: 'GET', path: ALL, tags, summary: 'List the API keys of a project', protect: true } })
      .input(ApiKeyListRequest)
      .query(({ ctx, input }) => ctx.services.apiKeys.list(input)),
  ),

  retrieve: answering(
    ApiKey,
    adminProcedure
      .meta({ openapi: { method: 'GET', path: ONE, tags, summary: 'Retrieve an API key', protect: true } })
      .input(ApiKeyRequest)
      .query(({ ctx, input }) => ctx.services.apiKeys.retrieve(input)),
  ),

  update: answering(
    ApiKey,
    adminProcedure
      .meta({
        openapi: {
          method: 'POST',
          path: ONE,
          tags,
          summary: 'Change an API key',
          description: 'What is left out stays as it is.',
          protect: true,
        },
      })
      .input(ApiKeyUpdateRequest)
      .mutation(({ ctx, input }) => ctx.services.apiKeys.update(ctx, input)),
  ),

  /** Gives a key another text; the one that it had is valid for some time as well. */
  rotate: answering(
    NewApiKey,
    adminProcedure
      .meta({
        openapi: {
          method: 'POST',
          path: `${ONE}/rotate`,
          tags,
          summary: 'Rotate an API key',
          description: 'The key gets another text, and keeps its id. Both texts are valid for `grace_seconds`.',
          protect: true,
        },
      })
      .input(ApiKeyRotateRequest)
      .mutation(({ ctx, input }) => ctx.services.apiKeys.rotate(ctx, input)),
  ),

  /** Revokes a key. */
  delete: answering(
    DeletedApiKey,
    adminProcedure
      .meta({
        openapi: {
          method: 'DELETE',
          path: ONE,
          tags,
          summary: 'Revoke an API key',
          description: 'No process takes it any more within a second. Answers that run go on.',
          protect: true,
        },
      })
      .input(ApiKeyRequest)
      .mutation(({ ctx, input }) => ctx.services.apiKeys.delete(ctx, input)),
  ),
});
