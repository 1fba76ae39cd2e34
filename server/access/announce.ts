import type { Storage } from '../store/storage.ts';
import type { Actor, AuditLog, Change } from './audit-log.ts';
import type { StoredKeyring } from './stored-keyring.ts';

/** What the projects and keys of the organization are kept by. */
export interface Organization {
  storage: Storage;
  keyring: StoredKeyring;
  audit: AuditLog;
}

/** Has every process see a change that has been made, and writes it down. Resolves when this process sees it. */
export async function announce({ keyring, audit }: Organization, actor: Actor, change: Change): Promise<void> {
  await keyring.changed(change.apiKeyId !== undefined);
  await audit.add(actor, change);
}
