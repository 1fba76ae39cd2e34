import { type Dice } from './mutate.ts';

/** Where the server is, and a key of it. */
export interface Target {
  url: string;
  apiKey: string;
  adminKey: string;
}

/** What came back, for the checks. */
export interface Reply {
  door: string;
  /** Undefined where an answer has no status of its own. */
  status?: number;
  type?: string;
  text: string;
}

/** One request through one door. */
export type Door = (target: Target, dice: Dice) => Promise<Reply>;

const GIVE_UP_MS = 20_000;
const KEYS = ['a', 'b', 'c'];
/** Headers of a request, wrong ones now and then. */
export function headersOf({ apiKey }: Target, dice: Dice): Record<string, string> {
  return {
    'content-type': dice.chance(0.97)
      ? 'application/json'
      : dice.oneOf(['text/plain', 'json', 'application/json; charset=x']),
    authorization: dice.chance(0.95) ? `Bearer ${apiKey}` : dice.oneOf(['', 'Bearer', 'Bearer x', 'Basic eDp5']),
    ...(dice.chance(0.2) && { 'idempotency-key': dice.oneOf(KEYS) }),
    ...(dice.chance(0.1) && { 'x-trestle-strict': 'true' }),
    ...(dice.chance(0.02) && { 'content-encoding': dice.oneOf(['gzip', 'br', 'zstd', 'x']) }),
    ...(dice.chance(0.02) && { origin: 'https://evil.example' }),
  };
}

/** Sends a request. Rejects when no answer comes in time. */
export async function ask(door: string, url: string, init: RequestInit, dice: Dice): Promise<Reply> {
  const leave = new AbortController();
  const timer = setTimeout(() => leave.abort(new Error(`${door} was not answered in ${GIVE_UP_MS} ms`)), GIVE_UP_MS);
  try {
    const response = await fetch(url, { ...init, signal: leave.signal });
    if (dice.chance(0.03)) {
      await response.body?.cancel();
      return { door, text: '' };
    }
    return {
      door,
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await textOf(response),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** A stream that breaks is cut on purpose: what came before is the answer. */
async function textOf(response: Response): Promise<string> {
  let text = '';
  try {
    for await (const bytes of response.body ?? []) text += Buffer.from(bytes as Uint8Array).toString();
  } catch (thrown) {
    if (!String((thrown as Error).cause).includes('other side closed') && !String(thrown).includes('terminated'))
      throw thrown;
  }
  return text;
}

/** The text without halves of surrogate pairs, which have no place in a URL. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
