import { createTrestleClient } from 'trestle/client';

/** One client for all requests of this server; the key stays here. */
export const trestle = createTrestleClient({
  url: process.env['TRESTLE_URL'] ?? 'http://127.0.0.1:8787',
  apiKey: process.env['TRESTLE_API_KEY'],
});
