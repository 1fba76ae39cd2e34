import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** How documents are written into a file. */
export interface Seal {
  /** @param place where it stands; what is moved elsewhere can't be opened there */
  seal(text: string, place: string): Buffer;
  /** Throws for what was sealed in another way, with another key or for another place. */
  open(sealed: Uint8Array, place: string): string;
  /** Returns a text by which the same value is found again; without the key nobody can read it. */
  label(name: string, value: string): string;
}

/** The first byte of what is written. */
const PLAIN = 0;
const AES = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Writes the text as it is. */
export const PLAIN_SEAL: Seal = {
  seal: (text) => Buffer.concat([Buffer.of(PLAIN), Buffer.from(text)]),
  open(sealed) {
    if (sealed[0] !== PLAIN) throw new Error('written with a key');
    return Buffer.from(sealed.buffer, sealed.byteOffset + 1, sealed.byteLength - 1).toString();
  },
  label: (name, value) => JSON.stringify([name, value]),
};

/** AES-256-GCM, with a key of 32 bytes. */
export class AesSeal implements Seal {
  readonly #key: Buffer;
  readonly #labelKey: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
    this.#labelKey = Buffer.from(hkdfSync('sha256', key, '', 'trestle storage labels', 32));
  }

  seal(text: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(AES), nonce, cipher.getAuthTag(), sealed]);
  }

  open(sealed: Uint8Array, place: string): string {
    if (sealed[0] !== AES) throw new Error('written without a key');
    const tag = 1 + NONCE_BYTES;
    const text = tag + TAG_BYTES;
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(1, tag), options);
    decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(tag, text));
    return Buffer.concat([decipher.update(sealed.subarray(text)), decipher.final()]).toString();
  }

  label(name: string, value: string): string {
    return createHmac('sha256', this.#labelKey).update(PLAIN_SEAL.label(name, value)).digest('base64url');
  }
}
