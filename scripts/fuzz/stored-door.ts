import { ask, type Door, headersOf, wellFormed } from './ask.ts';
import { type Dice, mutateJson, mutateText } from './mutate.ts';

/** Ids of what the server has stored, the newest last. */
const known: Record<string, string[]> = { chatcmpl: [], resp: [], conv: [], file: [], batch: [] };
const MAX_KNOWN = 50;
const ID = /"id":"((chatcmpl|resp|conv|file|batch)[-_][\w-]+)"/g;

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
const BATCH = { endpoint: '/v1/chat/completions', completion_window: '24h', metadata: { a: 'b' } };
const LISTS = ['limit=2&order=desc', 'after=x', 'limit=x', 'metadata[a]=b&model=x', 'include[]=x', ''];
const RANGES = [
  'start_time=1',
  'start_time=x',
  'start_time=1&group_by[]=model&limit=3',
  'start_time=9&page=page_99',
  '',
];

type Request = [method: string, path: string, body?: unknown];

/** A file of requests for a batch, in which half of the lines are wrong. */
function upload(dice: Dice): FormData {
  const line = { custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: HELLO };
  const lines = Array.from({ length: 3 }, (_none, index) => ({ ...line, custom_id: `${index}` }));
  const text = lines.map((one) => JSON.stringify(dice.chance(0.5) ? mutateJson(one, dice, 0.1) : one)).join('\n');
  const form = new FormData();
  form.set('purpose', dice.chance(0.9) ? 'batch' : mutateText('user_data', dice));
  form.set('file', new Blob([dice.chance(0.1) ? mutateText(text, dice) : text]), 'requests.jsonl');
  if (dice.chance(0.2)) form.set('expires_after[seconds]', dice.oneOf(['3600', 'x', '']));
  return form;
}

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
  (dice) => ['POST', '/v1/files', upload(dice)],
  (dice) => ['POST', '/v1/batches', { ...BATCH, input_file_id: idOf('file', dice) }],
  (dice) => ['GET', `/v1/batches/${idOf('batch', dice)}`],
  (dice) => ['POST', `/v1/batches/${idOf('batch', dice)}/cancel`],
  (dice) => ['GET', `/v1/batches?${dice.oneOf(LISTS)}`],
  (dice) => ['GET', `/v1/files?${dice.oneOf(LISTS)}`],
  (dice) => ['GET', `/v1/files/${idOf('file', dice)}/content`],
  (dice) => ['DELETE', `/v1/files/${idOf('file', dice)}`],
  (dice) => ['GET', `/v1/organization/usage/completions?${dice.oneOf(RANGES)}`],
  (dice) => ['GET', `/v1/organization/costs?${dice.oneOf(RANGES)}`],
];

export const stored: Door = async (target, dice) => {
  const [method, path, body] = dice.oneOf(REQUESTS)(dice);
  const isAdmin = path.startsWith('/v1/organization') && dice.chance(0.9);
  const headers = headersOf(isAdmin ? { ...target, apiKey: target.adminKey } : target, dice);
  if (body === undefined || body instanceof FormData) delete headers['content-type'];
  const isAsItIs = body === undefined || body instanceof FormData || dice.chance(0.5);
  const sent = isAsItIs ? body : mutateJson(body, dice);
  const reply = await ask(
    'stored',
    target.url + path,
    { method, headers, ...(sent !== undefined && { body: sent instanceof FormData ? sent : JSON.stringify(sent) }) },
    dice,
  );
  remember(reply.text);
  return reply;
};
