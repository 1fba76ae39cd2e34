/**
 * A name that no other request of the same API key has. Not by `randomUUID`, which pages have only where they came by
 * https; React Native has no Web Crypto at all, and a name need not be hard to guess there.
 */
export function randomKey(): string {
  const bytes = new Uint8Array(16);
  const source = (globalThis as { crypto?: { getRandomValues?(bytes: Uint8Array): void } }).crypto;
  if (source?.getRandomValues) source.getRandomValues(bytes);
  else for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.floor(Math.random() * 256);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
