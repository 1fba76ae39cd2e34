import { z } from 'zod';
import { Metadata } from './metadata.ts';
import { openObject } from './open-object.ts';
import { ProjectRequest } from './project.ts';
import { Limits } from './rate-limit.ts';

const name = z.string().trim().min(1).max(200);
const models = z.array(z.string().min(1).max(200)).min(1).max(100);
const aliases = z
  .record(z.string().min(1).max(200), z.string().min(1).max(200))
  .refine((names) => Object.keys(names).length <= 100, 'expected at most 100 names');
/** Ten years. */
const MAX_SECONDS = 315_360_000;
const expiresIn = z.coerce.number<number>().int().min(1).max(MAX_SECONDS);

/** What a key may, beside calling at all. */
const Permissions = {
  /** The only models that the key may use; null for all. */
  models: models.nullish(),
  /** Names of models that the key has beside those of the server, and the models that they stand for. */
  aliases: aliases.nullish(),
  /** How much it may ask for at most; null for as much as its project may. */
  limits: Limits.nullish(),
  /** Notes of the operator's. */
  metadata: Metadata.nullish(),
  /** Seconds from now on, after which the key is not valid any more; null for never. */
  expires_in_seconds: expiresIn.nullish(),
};

/** A key to make. */
export const ApiKeyCreateRequest = ProjectRequest.extend({
  /** What people call the key. */
  name,
  ...Permissions,
});
export type ApiKeyCreateRequest = z.input<typeof ApiKeyCreateRequest>;

/** Which key. */
export const ApiKeyRequest = ProjectRequest.extend({
  /** The id of the key, which is not the key itself. */
  api_key_id: z.string().min(1).max(100),
});
export type ApiKeyRequest = z.infer<typeof ApiKeyRequest>;

/** What changes of a key; what is left out stays as it is. */
export const ApiKeyUpdateRequest = ApiKeyRequest.extend({
  /** What people call the key. */
  name: name.optional(),
  ...Permissions,
});
export type ApiKeyUpdateRequest = z.input<typeof ApiKeyUpdateRequest>;

/** A key that is to get another text. */
export const ApiKeyRotateRequest = ApiKeyRequest.extend({
  /** Seconds for which the text that it has now is valid as well. */
  grace_seconds: z.coerce.number<number>().int().min(0).max(2_592_000).default(86_400),
});
export type ApiKeyRotateRequest = z.input<typeof ApiKeyRotateRequest>;

/** Which keys to list. */
export const ApiKeyListRequest = ProjectRequest.extend({
  /** The id of the key behind which the list begins. */
  after: z.string().nullish(),
  /** The most keys of the list. */
  limit: z.coerce.number<number>().int().min(1).max(100).default(20),
});
export type ApiKeyListRequest = z.input<typeof ApiKeyListRequest>;

const fields = {
  /** The id of the key, by which usage and the log name it. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('organization.project.api_key'),
  /** What people call the key. */
  name: z.string(),
  /** The ends of the text, by which people know it again. */
  redacted_value: z.string(),
  /** Unix seconds. */
  created_at: z.int(),
  /** Unix seconds of the last call that Claude answered; null when there was none. */
  last_used_at: z.int().nullable(),
  /** Unix seconds, from which on the key is not valid any more; null for never. */
  expires_at: z.int().nullable(),
  /** What owns the key: a program, since there are no users here. */
  owner: openObject({
    /** What kind of owner that is. */
    type: z.literal('service_account'),
  }),
  /** Whether the project is there for it: `inactive` when it was archived. */
  owner_project_access: z.enum(['active', 'inactive']),
  /** The project that it belongs to. An extension. */
  project_id: z.string(),
  /** The only models that it may use; null for all. An extension. */
  models: models.nullable(),
  /** Names of models that it has beside those of the server. An extension. */
  aliases: z.record(z.string(), z.string()),
  /** How much it may ask for at most; null for as much as its project may. An extension. */
  limits: Limits.nullable(),
  /** Notes of the operator's. An extension. */
  metadata: z.record(z.string(), z.string()),
};

/**
 * A key of a project, without its text.
 * @see https://platform.openai.com/docs/api-reference/project-api-keys/object
 */
export const ApiKey = openObject(fields).meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

/** A key with its text, which is shown this once. */
export const NewApiKey = openObject({
  ...fields,
  /** The key itself. It is kept nowhere, and can't be shown again. */
  value: z.string(),
}).meta({ id: 'NewApiKey' });
export type NewApiKey = z.infer<typeof NewApiKey>;

/** A part of the keys of a project. */
export const ApiKeyList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The keys, the newest first. */
  data: z.array(ApiKey),
  /** The id of the first key; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last key; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'ApiKeyList' });
export type ApiKeyList = z.infer<typeof ApiKeyList>;

/** What comes of revoking a key. */
export const DeletedApiKey = openObject({
  /** The id of the key. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('organization.project.api_key.deleted'),
  /** Always true. */
  deleted: z.literal(true),
}).meta({ id: 'DeletedApiKey' });
export type DeletedApiKey = z.infer<typeof DeletedApiKey>;
