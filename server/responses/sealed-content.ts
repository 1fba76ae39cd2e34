import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Keys of callers that are kept; making one takes some microseconds. */
const MAX_KEYS = 1000;

/** What a sealed text is; one kind is never taken for another. */
export type SealedKind = 'thinking' | 'summary';

/**
 * Seals texts that a caller carries for us, such as signed thinking, so that only the same caller can bring them back, and
 * unchanged. The key comes of the credentials for Claude: all servers with the same ones open what any of them sealed.
 */
export class SealedContent {
  readonly #secret: string;
  readonly #keys = new LRUCache<string, Buffer>({ max: MAX_KEYS });

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Returns the sealed text, in base64url. */
  seal(kind: SealedKind, owner: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyOf(kind, owner), nonce);
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64url');
  }

  /** Returns the text; undefined for one that was sealed for another caller, is of another kind, or was changed. */
  open(kind: SealedKind, owner: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv(CIPHER, this.#keyOf(kind, owner), bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  #keyOf(kind: SealedKind, owner: string): Buffer {
    const name = `${kind} ${owner}`;
    const known = this.#keys.get(name);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, '', `trestle ${name}`, KEY_BYTES));
    this.#keys.set(name, key);
    return key;
  }
}
