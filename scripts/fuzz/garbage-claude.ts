import { createServer, type Server, type ServerResponse } from 'node:http';
import { type Dice, mutateJson, mutateText } from './mutate.ts';

const USAGE = { input_tokens: 9, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const CITATION = {
  type: 'web_search_result_location',
  cited_text: 'x',
  encrypted_index: 'E',
  title: 't',
  url: 'https://x.example',
};
const DEEP = `${'{"p0":'.repeat(50)}"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"${'}'.repeat(50)}`;
const BLOCKS = [
  { type: 'text', text: DEEP },
  { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
  { type: 'redacted_thinking', data: 'AAAA' },
  { type: 'text', text: '```json\n{"a": 1}\n```', citations: [CITATION] },
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', url: 'https://x.example', title: 't' }],
  },
  { type: 'tool_use', id: 'toolu_1', name: 'f', input: { city: 'Oslo', n: 1 } },
];
const DELTAS = [
  { type: 'thinking_delta', thinking: 'Hm.' },
  { type: 'signature_delta', signature: 'c2ln' },
  { type: 'text_delta', text: 'Hello' },
  { type: 'input_json_delta', partial_json: '{"city":' },
  { type: 'citations_delta', citation: CITATION },
];
const STOPS = [
  'end_turn',
  'tool_use',
  'max_tokens',
  'refusal',
  'pause_turn',
  'stop_sequence',
  'model_context_window_exceeded',
  'new_one',
];
const STATUSES = [400, 401, 403, 404, 413, 429, 500, 502, 503, 529];

/** A Claude on loopback that answers garbage in every field, and a sound answer now and then. */
export async function startGarbageClaude(dice: Dice): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => answer(response, request.url ?? '', body.includes('"stream":true'), dice));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, server };
}

function answer(response: ServerResponse, path: string, streams: boolean, dice: Dice): void {
  if (dice.chance(0.03)) return void response.destroy();
  if (path.startsWith('/v1/models'))
    return json(response, 200, mutateJson({ data: [{ id: 'claude-opus-5-5' }], has_more: false }, dice), dice);
  if (dice.chance(0.1)) {
    const error = {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded', details: { error_code: 'x' } },
    };
    return json(response, dice.oneOf(STATUSES), mutateJson(error, dice, 0.3), dice);
  }
  if (path.includes('count_tokens')) return json(response, 200, mutateJson({ input_tokens: 5 }, dice, 0.3), dice);
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5-5',
    content: BLOCKS.filter(() => dice.chance(0.4)),
    stop_reason: dice.oneOf(STOPS),
    stop_sequence: null,
    usage: USAGE,
  };
  if (path.startsWith('/v1/messages/batches')) return answerBatch(response, path, message, dice);
  if (!streams) return json(response, 200, dice.chance(0.2) ? message : mutateJson(message, dice), dice);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events(message, dice)) {
    const mutated = dice.chance(0.7) ? event : mutateJson(event, dice, 0.1);
    const text = `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(mutated)}\n\n`;
    response.write(dice.chance(0.02) ? mutateText(text, dice) : text);
    if (dice.chance(0.02)) return void (dice.chance(0.5) ? response.destroy() : response.end());
  }
  response.end();
}

/** A batch that has ended, and results of requests that may not be in it. */
function answerBatch(response: ServerResponse, path: string, message: object, dice: Dice): void {
  if (!path.includes('/results')) {
    const counts = { processing: 0, succeeded: 2, errored: 1, canceled: 0, expired: 0 };
    const batch = { id: 'msgbatch_1', type: 'message_batch', processing_status: 'ended', request_counts: counts };
    return json(response, 200, dice.chance(0.5) ? batch : mutateJson(batch, dice, 0.2), dice);
  }
  const results = ['0', '1', '2', 'x'].map((id) => ({
    custom_id: id,
    result: dice.oneOf([
      { type: 'succeeded', message },
      { type: 'errored', error: { type: 'error', error: { type: 'invalid_request_error', message: 'no' } } },
      { type: 'expired' },
    ]),
  }));
  const lines = results.map((one) => JSON.stringify(dice.chance(0.6) ? one : mutateJson(one, dice, 0.1)));
  response.writeHead(200, { 'content-type': 'application/x-jsonl' });
  response.end(dice.chance(0.1) ? mutateText(lines.join('\n'), dice) : `${lines.join('\n')}\n`);
}

function* events(message: { content: object[]; stop_reason: string }, dice: Dice): Generator<object> {
  yield { type: 'message_start', message: { ...message, content: [], stop_reason: null } };
  for (const [index, block] of message.content.entries()) {
    yield { type: 'content_block_start', index, content_block: block };
    for (let deltas = dice.below(4); deltas > 0; deltas -= 1)
      yield { type: 'content_block_delta', index, delta: dice.oneOf(DELTAS) };
    yield { type: 'content_block_stop', index };
  }
  if (dice.chance(0.05)) yield { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  yield { type: 'message_delta', delta: { stop_reason: message.stop_reason }, usage: USAGE };
  if (dice.chance(0.97)) yield { type: 'message_stop' };
}

function json(response: ServerResponse, status: number, body: unknown, dice: Dice): void {
  const text = JSON.stringify(body) ?? '';
  response.writeHead(status, { 'content-type': 'application/json', ...(dice.chance(0.1) && { 'retry-after': '0' }) });
  response.end(dice.chance(0.03) ? mutateText(text, dice) : text);
}
