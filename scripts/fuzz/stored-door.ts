import { ask, type Door, headersOf, wellFormed } from './ask.ts';
import { type Dice, mutateJson, mutateText } from './mutate.ts';

/** Ids of what the server has stored, the newest last. */
const known: Record<string, string[]> = { chatcmpl: [], resp: [], conv: [] };
const MAX_KNOWN = 50;
const ID = /"id":"((chatcmpl|resp|conv)[-_][\w-]+)"/g;

function remember(text: string): void {
  for (const [, id, kind] of text.matchAll(ID)) known[kind!] = [...known[kind!]!.slice(-MAX_KNOWN), id!];
}

/** One that is there, most of the time. */
function idOf(kind: string, dice: Dice): string {
  const ids = known[kind]!;
  if (ids.length === 0 || dice.chance(0.1)) return encodeURIComponent(wellFormed(mutateText(`${kind}_x`, dice)));
  return dice.oneOf(ids);
}

const HELLO = {
  model: 'claude-haiku-4-5',
  messages: [{ role: 'user', content: 'x' }],
  store: true,
  metadata: { a: 'b' },
};
const ITEM = { role: 'user', content: 'x' };
const LISTS = ['limit=2&order=desc', 'after=x', 'limit=x', 'metadata[a]=b&model=x', 'include[]=x', ''];
const RANGES = [
  'start_time=1',
  'start_time=x',
  'start_time=1&group_by[]=model&limit=3',
  'start_time=9&page=page_99',
  '',
];

type Request = [method: string, path: string, body?: unknown];

/** Stores, finds, changes and deletes; and asks what was spent. */
const REQUESTS: readonly ((dice: Dice) => Request)[] = [
  () => ['POST', '/v1/chat/completions', HELLO],
  () => ['POST', '/v1/conversations', { items: [ITEM], metadata: { a: 'b' } }],
  (dice) => ['POST', '/v1/responses', { model: 'claude-haiku-4-5', input: 'x', conversation: idOf('conv', dice) }],
  (dice) => [
    'POST',
    '/v1/responses',
    { model: 'claude-haiku-4-5', input: 'x', previous_response_id: idOf('resp', dice) },
  ],
  () => ['POST', '/v1/responses', { model: 'claude-haiku-4-5', input: 'x', background: true }],
  (dice) => ['POST', `/v1/conversations/${idOf('conv', dice)}/items`, { items: [ITEM, ITEM] }],
  (dice) => ['POST', `/v1/conversations/${idOf('conv', dice)}`, { metadata: { a: 'c' } }],
  (dice) => ['POST', `/v1/chat/completions/${idOf('chatcmpl', dice)}`, { metadata: { a: 'c' } }],
  (dice) => ['POST', `/v1/responses/${idOf('resp', dice)}/cancel`],
  (dice) => ['GET', `/v1/chat/completions?${dice.oneOf(LISTS)}`],
  (dice) => ['GET', `/v1/chat/completions/${idOf('chatcmpl', dice)}/messages?${dice.oneOf(LISTS)}`],
  (dice) => ['GET', `/v1/responses/${idOf('resp', dice)}?${dice.oneOf(LISTS)}`],
  (dice) => ['GET', `/v1/responses/${idOf('resp', dice)}/input_items?${dice.oneOf(LISTS)}`],
  (dice) => ['GET', `/v1/conversations/${idOf('conv', dice)}/items?${dice.oneOf(LISTS)}`],
  (dice) => ['DELETE', `/v1/responses/${idOf('resp', dice)}`],
  (dice) => ['DELETE', `/v1/conversations/${idOf('conv', dice)}`],
  (dice) => ['DELETE', `/v1/chat/completions/${idOf('chatcmpl', dice)}`],
  (dice) => ['GET', `/v1/organization/usage/completions?${dice.oneOf(RANGES)}`],
  (dice) => ['GET', `/v1/organization/costs?${dice.oneOf(RANGES)}`],
];

export const stored: Door = async (target, dice) => {
  const [method, path, body] = dice.oneOf(REQUESTS)(dice);
  const isAdmin = path.startsWith('/v1/organization') && dice.chance(0.9);
  const headers = headersOf(isAdmin ? { ...target, apiKey: target.adminKey } : target, dice);
  if (body === undefined) delete headers['content-type'];
  const sent = body === undefined || dice.chance(0.5) ? body : mutateJson(body, dice);
  const reply = await ask(
    'stored',
    target.url + path,
    { method, headers, ...(sent !== undefined && { body: JSON.stringify(sent) }) },
    dice,
  );
  remember(reply.text);
  return reply;
};
