import type Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { estimateInputTokens, replyTo } from '../../../server/demo/reply.ts';

type Params = Anthropic.MessageCreateParams;

const WEATHER: Anthropic.Tool = {
  name: 'get_weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const CLOCK: Anthropic.Tool = { name: 'get_time', input_schema: { type: 'object', properties: {} } };
const PIXEL: Anthropic.ImageBlockParam = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(40_000) },
};

function ask(params: Partial<Params> & { content?: Anthropic.MessageParam['content'] } = {}): Params {
  const { content = 'Hello there', ...rest } = params;
  return { model: 'claude-sonnet-5-5', max_tokens: 1000, messages: [{ role: 'user', content }], ...rest };
}

function textOfReply(params: Params): string {
  return replyTo(params, 1)
    .content.map((block) => (block.type === 'text' ? block.text : ''))
    .join('');
}

describe('replyTo', () => {
  it('says that it is simulated, why, and what to do', () => {
    const text = textOfReply(ask());
    expect(text).toContain('simulated Claude');
    expect(text).toContain('no Anthropic key is set');
    expect(text).toContain('ANTHROPIC_API_KEY=');
    expect(text).toContain('"Hello there"');
  });

  it('names the model of the request and numbers its ids', () => {
    const reply = replyTo(ask(), 7);
    expect(reply).toMatchObject({ id: 'msg_simulated_7', model: 'claude-sonnet-5-5', stop_reason: 'end_turn' });
    expect(reply.usage.output_tokens).toBe(Math.ceil(textOfReply(ask()).length / 4));
  });

  it('quotes the first 200 characters of the last user turn without splitting one', () => {
    const text = textOfReply(ask({ content: `${'x'.repeat(199)}😀 and more` }));
    expect(text).toContain(`"${'x'.repeat(199)}…"`);
  });

  it('counts the images of the last turn, those in tool results too', () => {
    expect(textOfReply(ask({ content: [PIXEL] }))).toContain('I was sent 1 image,');
    const result: Anthropic.ToolResultBlockParam = { type: 'tool_result', tool_use_id: 'toolu_1', content: [PIXEL] };
    expect(textOfReply(ask({ content: [result, PIXEL] }))).toContain('I was sent 2 images,');
  });

  it('calls the first tool with an input made from its schema, and says that it is simulated', () => {
    const reply = replyTo(ask({ tools: [WEATHER, CLOCK] }), 3);
    expect(reply.stop_reason).toBe('tool_use');
    expect(reply.content).toMatchObject([
      { type: 'text', text: expect.stringContaining('simulated Claude') as string },
      { type: 'tool_use', id: 'toolu_simulated_3', name: 'get_weather', input: { city: 'example' } },
    ]);
  });

  it.each<[string, Partial<Params>, string]>([
    ['forced by name', { tool_choice: { type: 'tool', name: 'get_time' } }, 'get_time'],
    ['forced to be any', { tool_choice: { type: 'any' } }, 'get_weather'],
  ])('calls a tool and writes nothing else when it is %s', (_name, params, tool) => {
    expect(replyTo(ask({ tools: [WEATHER, CLOCK], ...params }), 1).content).toMatchObject([{ name: tool }]);
  });

  it('prefers a tool that the instructions or the user name', () => {
    const tools = [WEATHER, CLOCK];
    expect(replyTo(ask({ tools, system: 'You must call `get_time`.' }), 1).content[1]).toMatchObject(CLOCKED);
    expect(replyTo(ask({ tools, content: 'Try get_time.' }), 1).content[1]).toMatchObject(CLOCKED);
  });

  it('calls no tool when told to call none', () => {
    const reply = replyTo(ask({ tools: [WEATHER], tool_choice: { type: 'none' } }), 1);
    expect(reply).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text' }] });
  });

  it('tells what the tools returned', () => {
    const messages: Anthropic.MessageParam[] = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_2', is_error: true }] },
    ];
    const reply = replyTo(ask({ tools: [WEATHER], messages }), 1);
    expect(reply.stop_reason).toBe('end_turn');
    expect(textOfReply(ask({ tools: [WEATHER], messages }))).toContain('`get_weather` returned: rain');
    expect(textOfReply(ask({ tools: [WEATHER], messages }))).toContain('`toolu_2` failed with: no text');
  });

  it('answers a JSON schema with an instance of it', () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    expect(textOfReply(ask({ output_config: { format: { type: 'json_schema', schema } } }))).toBe('{"ok":true}');
  });

  it('shows a signed thought first when summarized thinking is asked for, and not else', () => {
    const reply = replyTo(ask({ thinking: { type: 'adaptive', display: 'summarized' } }), 1);
    expect(reply.content[0]).toMatchObject({ type: 'thinking', signature: 'simulated' });
    expect(reply.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(0);
    expect(replyTo(ask({ thinking: { type: 'adaptive' } }), 1).content).toMatchObject([{ type: 'text' }]);
  });

  it.each([0, 1, 10])('stops at %i max_tokens', (max_tokens) => {
    const reply = replyTo(ask({ max_tokens }), 1);
    expect(reply).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: max_tokens } });
    expect(textOfReply(ask({ max_tokens }))).toHaveLength(max_tokens * 4);
    expect(reply.content).toHaveLength(max_tokens === 0 ? 0 : 1);
  });

  it('leaves out a tool call that does not fit', () => {
    const reply = replyTo(ask({ tools: [WEATHER], tool_choice: { type: 'any' }, max_tokens: 1 }), 1);
    expect(reply).toMatchObject({ stop_reason: 'max_tokens', content: [] });
  });

  it('stops before the stop sequence that comes first', () => {
    const params = ask({ stop_sequences: ['Anthropic', 'Claude', 'nowhere'] });
    expect(replyTo(params, 1)).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'Claude' });
    expect(textOfReply(params)).toBe("I am Trestle's simulated ");
  });

  it('stops at max_tokens when the stop sequence lies behind it', () => {
    expect(replyTo(ask({ stop_sequences: ['Claude'], max_tokens: 1 }), 1).stop_reason).toBe('max_tokens');
  });
});

describe('estimateInputTokens', () => {
  it('counts a token for four characters, and none for the bytes of an image', () => {
    expect(estimateInputTokens(ask({ content: 'x'.repeat(4000) }))).toBeGreaterThanOrEqual(1000);
    expect(estimateInputTokens(ask({ content: [PIXEL] }))).toBeLessThan(100);
  });
});

const CLOCKED = { type: 'tool_use', name: 'get_time', input: {} };
