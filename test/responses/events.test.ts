import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolNames } from '../../server/claude/responses/tool-names.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import { Response } from '../../shared/responses/response.ts';
import { anyClaudeMessage, anyPlan, withNoise } from '../support/arbitrary-claude-message.ts';
import { toEvents } from '../support/claude-events.ts';
import { foldResponseEvents } from '../support/fold-response-events.ts';
import { responseEventsOf, responseEventsOfWhole } from '../support/translated-response.ts';

const streamed = anyClaudeMessage.chain((message) =>
  fc.record({
    message: fc.constant(message),
    events: fc.integer({ min: 1, max: 40 }).chain((pieceSize) => withNoise(toEvents(message, { pieceSize }))),
  }),
);
/** The older functions are not of this API. */
const plan = anyPlan.map((any) => ({ ...any, legacyFunctions: false }));

/** Without what goes by the clock. */
function timeless({ completed_at: _at, ...response }: Response): object {
  return response;
}

describe('a streamed response', () => {
  it('is in order, and adds up to the response of the same whole answer, however it is cut up', () => {
    fc.assert(
      fc.property(streamed, plan, ({ message, events }, anyOf) => {
        const folded = foldResponseEvents(responseEventsOf(events, { plan: anyOf }));
        // Read from JSON, as Claude's own is: what its searches found travels whole.
        const read = JSON.parse(JSON.stringify(message)) as object;
        const whole = foldResponseEvents(responseEventsOfWhole(read, { plan: anyOf }));
        expect(timeless(folded)).toStrictEqual(timeless(whole));
      }),
      { numRuns: 1000 },
    );
  });

  it('is a response by its own schema', () => {
    fc.assert(
      fc.property(streamed, plan, ({ events }, anyOf) => {
        const folded = foldResponseEvents(responseEventsOf(events, { plan: anyOf }));
        expect(Response.safeParse(folded).error?.issues ?? []).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

const KINDS = [
  ['function', 'function_call', { arguments: '{"q":1}' }],
  ['custom', 'custom_tool_call', { input: 'x' }],
  ['tool_search', 'tool_search_call', { execution: 'client', arguments: { q: 1 } }],
  ['local_shell', 'local_shell_call', { action: { type: 'exec', command: ['ls'], env: {} } }],
  ['shell', 'shell_call', { action: { commands: ['ls'], timeout_ms: null, max_output_length: null } }],
  ['apply_patch', 'apply_patch_call', { operation: { type: 'delete_file', path: 'a' } }],
] as const;
const INPUTS = {
  function: { q: 1 },
  custom: { input: 'x' },
  tool_search: { q: 1 },
  local_shell: { command: ['ls'] },
  shell: { commands: ['ls'] },
  apply_patch: { type: 'delete_file', path: 'a' },
};

function callOf(name: string, input: object, stopReason = 'tool_use'): object {
  const content = [{ type: 'tool_use', id: 'toolu_1', name, input }];
  return { model: 'claude-opus-5-5', content, stop_reason: stopReason, usage: { input_tokens: 1, output_tokens: 2 } };
}

function lastOf(events: readonly ResponseStreamEvent[]): Response {
  return foldResponseEvents(events);
}

describe('a call', () => {
  it.each(KINDS)('of a tool of kind %s is an item of type %s', (kind, type, more) => {
    const tools = new ToolNames();
    const name = tools.declare({ kind, name: kind, namespace: kind === 'function' ? 'agents' : undefined });
    const plans = kind === 'custom' ? { plan: { ...PLAIN, customTools: new Set([name]) } } : {};
    const { output } = lastOf(responseEventsOfWhole(callOf(name, INPUTS[kind]), { tools, ...plans }));
    expect(output).toMatchObject([{ type, call_id: 'toolu_1', status: 'completed', ...more }]);
    if (kind === 'function') expect(output[0]).toMatchObject({ name: 'function', namespace: 'agents' });
  });

  it('that was cut short is incomplete, and so is the response', () => {
    const response = lastOf(responseEventsOfWhole(callOf('look', { q: 1 }, 'max_tokens')));
    expect(response).toMatchObject({
      status: 'incomplete',
      output: [{ type: 'function_call', status: 'incomplete' }],
    });
  });

  it('before another one is complete, though that one was cut short', () => {
    const content = ['a', 'b'].map((id) => ({ type: 'tool_use', id, name: 'look', input: {} }));
    const message = { ...callOf('look', {}, 'max_tokens'), content };
    const { output } = lastOf(responseEventsOfWhole(message));
    expect(output).toMatchObject([{ status: 'completed' }, { status: 'incomplete' }]);
  });
});

const PLAIN = {
  customTools: new Set<string>(),
  legacyFunctions: false,
  outputTool: undefined,
  jsonText: false,
  reasoningSeal: undefined,
};

describe('a search of the web', () => {
  it('is an item, with the pages that were found, and its citations count from the start of their message', () => {
    const content = [
      { type: 'text', text: 'Let me look.' },
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'oslo' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_1',
        content: [{ type: 'web_search_result', url: 'https://oslo.example', title: 'Oslo' }],
      },
      {
        type: 'text',
        text: 'It rains.',
        citations: [
          { type: 'web_search_result_location', url: 'https://oslo.example', title: 'Oslo', cited_text: 'x' },
        ],
      },
    ];
    const { output } = lastOf(responseEventsOfWhole({ ...callOf('x', {}, 'end_turn'), content }));
    expect(output).toMatchObject([
      { type: 'message', content: [{ text: 'Let me look.', annotations: [] }] },
      {
        type: 'web_search_call',
        status: 'completed',
        action: { type: 'search', query: 'oslo', sources: [{ type: 'url', url: 'https://oslo.example' }] },
      },
      {
        type: 'message',
        content: [{ text: 'It rains.', annotations: [{ type: 'url_citation', start_index: 0, end_index: 9 }] }],
      },
    ]);
  });
});
