import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { PIXEL_PNG } from './tiny-files.ts';

/** A request that a real client sent, with its texts and ids taken out. */
export interface Capture {
  name: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  /** Of a WebSocket: each is the body of a request, beside its type. */
  frames?: Record<string, unknown>[];
}

/** The project's own, or those of the folder that TRESTLE_CAPTURES names. */
const FOLDER = process.env['TRESTLE_CAPTURES']
  ? pathToFileURL(`${process.env['TRESTLE_CAPTURES']}/`)
  : new URL('../fixtures/clients/', import.meta.url);

/** Whether these are the project's own, which are complete. */
export const OWN_CAPTURES = !process.env['TRESTLE_CAPTURES'];

export function capturesOf(clients: RegExp): Capture[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && clients.test(name))
    .map((name) => {
      // Images are cut short where they are not the project's own.
      const text = readFileSync(new URL(name, FOLDER), 'utf8').replaceAll(/;base64,[^"]*…/g, `;base64,${PIXEL_PNG}`);
      const read = JSON.parse(text) as Omit<Capture, 'name'> | Record<string, unknown>[];
      const capture = Array.isArray(read) ? { url: '/v1/responses', headers: {}, body: {}, frames: read } : read;
      return { method: 'POST', ...capture, name };
    });
}
