import * as fc from 'fast-check';
import type OpenAI from 'openai-7';
import { expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { clientOf } from './responses-client.ts';

// However a conversation goes on, from one turn to the next, Claude gets all of it, and its own thinking as it gave it.

const TOOLS = [{ type: 'function' as const, name: 'look', parameters: { type: 'object' }, strict: false }];
const BLOCKS = {
  thinking: { type: 'thinking', thinking: 'Hm.' },
  text: { type: 'text', text: 'So.' },
  call: { type: 'tool_use', name: 'look', input: { q: 1 } },
};

const anyTurn = fc.record({
  /** How the caller goes on: by all items, by the response before, or over a stream. */
  by: fc.constantFrom('items' as const, 'previous' as const),
  stream: fc.boolean(),
  model: fc.constantFrom('claude-opus-5-5', 'claude-sonnet-4-5'),
  /** What Claude says. */
  blocks: fc
    .tuple(
      fc.subarray(['thinking' as const]),
      fc.array(fc.constantFrom('text' as const, 'call' as const), { minLength: 1, maxLength: 3 }),
    )
    .map(([first, rest]) => [...first, ...rest]),
});
type Turn = typeof anyTurn extends fc.Arbitrary<infer T> ? T : never;

type Input = OpenAI.Responses.ResponseInputItem[];

/** What the caller sends after an answer: the results of its calls, or another question. */
function nextItems(output: readonly OpenAI.Responses.ResponseOutputItem[], question: string): Input {
  const results = output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: 'rain' }]
      : [],
  );
  return [...results, { role: 'user', content: question }];
}

async function ask(app: AppResource, turn: Turn, body: object): Promise<OpenAI.Responses.Response> {
  const { responses } = clientOf(app);
  const options = {
    model: turn.model,
    tools: TOOLS,
    reasoning: { effort: 'high' as const },
    include: ['reasoning.encrypted_content' as const],
    ...body,
  };
  return turn.stream ? await responses.stream(options).finalResponse() : await responses.create(options);
}

test('a conversation that goes on in any way is taken by Claude, whole', { timeout: 60_000 }, async () => {
  await using app = await startApp();
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyTurn, { minLength: 2, maxLength: 5 }), async (turns) => {
      const history: Input = [];
      let last: OpenAI.Responses.Response | undefined;
      let thought: object[] = [];
      for (const [index, turn] of turns.entries()) {
        const content = turn.blocks.map((kind) =>
          kind === 'call' ? { ...BLOCKS.call, id: `toolu_${String((made += 1)).padStart(24, '0')}` } : BLOCKS[kind],
        );
        app.fake.reply({ message: { content, stop_reason: turn.blocks.includes('call') ? 'tool_use' : 'end_turn' } });
        const items = nextItems(last?.output ?? [], `question ${index}`);
        history.push(...items);
        const body =
          turn.by === 'previous' && last
            ? { input: items, previous_response_id: last.id }
            : { input: history, store: turns[index + 1]?.by === 'previous' };
        last = await ask(app, turn, body);
        history.push(...(last.output as Input));
        const { messages } = app.fake.requests.at(-1)!.body as ClaudeBody;
        const sent = JSON.stringify(messages);
        for (let before = 0; before <= index; before += 1) expect(sent).toContain(`question ${before}`);
        // One model's thinking is of no use to another one, and older models want that of the last turn alone.
        const own = turns.slice(0, index + 1).every(({ model }) => model === 'claude-opus-5-5');
        if (own) for (const block of thought) expect(sent).toContain(JSON.stringify(block).slice(1, -1));
        const answered = last.output.filter(({ type }) => type === 'reasoning').length;
        thought = [...thought, ...Array.from({ length: answered }, () => ({ type: 'thinking', thinking: 'Hm.' }))];
      }
      expect(app.fake.refusals).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
