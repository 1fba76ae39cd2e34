import { randomUUID } from 'node:crypto';

/** 32 random digits, of which ids are made. */
export function newDigits(): string {
  return randomUUID().replaceAll('-', '');
}
