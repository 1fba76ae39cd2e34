import { randomBytes } from 'node:crypto';
import type { Limits } from '../../shared/rate-limit.ts';
import { hashKey } from '../config.ts';
import type { Place } from '../store/storage.ts';
import { ORGANIZATION } from './organization.ts';

/** One text of a key. The text itself is kept nowhere. */
export interface KeySecret {
  /** SHA-256 in hex. */
  hash: string;
  /** Its ends, by which people know it again. */
  redacted: string;
  /** Unix seconds, from which on it is not valid any more; null while the key itself is. */
  until: number | null;
}

/** A key as it is kept. */
export interface KeptKey {
  projectId: string;
  name: string;
  createdAt: number;
  /** Unix seconds, from which on the key is not valid any more. */
  expiresAt: number | null;
  /** The newest first; at most one before it is still valid. */
  secrets: KeySecret[];
  /** As the operator wrote them. */
  models: string[] | null;
  aliases: Record<string, string>;
  metadata: Record<string, string>;
  /** Left out where there are none. */
  limits?: Limits | undefined;
}

const PREFIX = 'sk-trestle-';
const SHOWN_ENDS = 4;

/** A new text of a key, which is shown once, and what is kept of it. */
export function newSecret(): { value: string; secret: KeySecret } {
  const value = PREFIX + randomBytes(32).toString('base64url');
  const redacted = `${value.slice(0, PREFIX.length + SHOWN_ENDS)}...${value.slice(-SHOWN_ENDS)}`;
  return { value, secret: { hash: hashKey(value), redacted, until: null } };
}

export function placeOfKey(id: string): Place {
  return { kind: 'api_key', owner: ORGANIZATION, id };
}
