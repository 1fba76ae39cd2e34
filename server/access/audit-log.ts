import type { z } from 'zod';
import type { AuditEvent, AuditLog as AuditPage, AuditLogRequest } from '../../shared/audit-log.ts';
import { newDigits } from '../calls/new-digits.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { toListPage } from '../store/list-page.ts';
import type { Storage } from '../store/storage.ts';
import { ORGANIZATION } from './organization.ts';

/** Who changes something: the holder of the admin key, in one request. */
export interface Actor {
  requestId: string;
}

/** Something that has been changed. */
export interface Change {
  type: AuditEvent['type'];
  projectId: string;
  /** The key that it was; undefined for a project. */
  apiKeyId?: string;
  /** The names of the fields that were given. */
  fields: readonly string[];
}

/** What was changed on the admin side, when, and by which request. */
export class AuditLog {
  readonly #storage: Storage;
  readonly #keepSeconds: number;
  readonly #onFailure: (error: unknown) => void;

  constructor(storage: Storage, keepSeconds: number, onFailure: (error: unknown) => void) {
    this.#storage = storage;
    this.#keepSeconds = keepSeconds;
    this.#onFailure = onFailure;
  }

  /** The change has been made: where its event can't be written the operator is told. */
  async add({ requestId }: Actor, { type, projectId, apiKeyId, fields }: Change): Promise<void> {
    const event: AuditEvent = {
      id: `audit_log_${newDigits()}`,
      type,
      effective_at: unixSeconds(),
      project: { id: projectId },
      actor: { type: 'api_key', api_key: { id: 'admin' } },
      api_key_id: apiKeyId ?? null,
      fields: [...fields],
      request_id: requestId,
    };
    const createdAt = event.effective_at;
    try {
      await this.#storage.put(
        { kind: 'audit_event', owner: ORGANIZATION, id: event.id },
        { document: event, createdAt, expiresAt: createdAt + this.#keepSeconds },
      );
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** The newest first. */
  async list(query: z.output<typeof AuditLogRequest>): Promise<AuditPage> {
    const { documents, hasMore } = await this.#storage.list(
      { kind: 'audit_event', owner: ORGANIZATION },
      { ...query, order: 'desc' },
    );
    // Sound: they are what was put above.
    return toListPage(
      documents.map(({ document }) => document as AuditEvent),
      hasMore,
    );
  }
}
