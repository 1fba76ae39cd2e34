import type { Config } from '../config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Counters } from '../store/counters.ts';
import type { Storage } from '../store/storage.ts';
import { ApiKeys } from './api-keys.ts';
import { AuditLog } from './audit-log.ts';
import { ProjectLimits } from './project-limits.ts';
import { Projects } from './projects.ts';
import { RateLimits } from './rate-limits.ts';
import { StoredKeyring } from './stored-keyring.ts';

const SECONDS_A_DAY = 86_400;

/** Who may call, and the admin side of that. */
export interface AccessServices {
  keyring: StoredKeyring;
  projects: Projects;
  apiKeys: ApiKeys;
  auditLog: AuditLog;
  projectLimits: ProjectLimits;
  limits: RateLimits;
}

/** Reads the projects and keys of a storage. Rejects when it fails. */
export async function openAccess(
  config: Pick<Config, 'keys' | 'isLoopback' | 'modelAliases' | 'storage'>,
  { access: storage, ledger, counters }: { access: Storage; ledger: Ledger; counters: Counters },
  onFailure: (error: unknown) => void,
): Promise<AccessServices> {
  const keyring = new StoredKeyring(config, storage, onFailure);
  const audit = new AuditLog(storage, config.storage.ledgerDays * SECONDS_A_DAY, onFailure);
  const organization = { storage, keyring, audit };
  const projects = new Projects(organization);
  const { modelAliases } = config;
  const apiKeys = new ApiKeys({ ...organization, projects, ledger, modelAliases });
  await projects.makeDefault();
  await keyring.load();
  const projectLimits = new ProjectLimits(organization, modelAliases);
  const limits = new RateLimits(counters, onFailure);
  return { keyring, projects, apiKeys, auditLog: audit, projectLimits, limits };
}
