import type Anthropic from '@anthropic-ai/sdk';
import { findFakeModel } from '../support/claude-models.ts';
import type { Answer, FakeClaude } from '../support/fake-claude.ts';
import { blocksOf } from '../support/rules-blocks-walk.ts';
import type { ClaudeBody } from '../support/rules-body.ts';

export const QUESTION = 'What is the weather in Oslo and in Bergen?';

/** The tool that the agents of these tests are given, as JSON Schema. */
export const WEATHER_PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** What the tool answers. */
export function weatherIn(city: string): string {
  return `${city}: ${city.length} degrees`;
}

/** The last sentence of {@link playWeather}. */
export function reportOf(...cities: string[]): string {
  return `I found: ${cities.map(weatherIn).join('; ')}.`;
}

let callCount = 0;

/** {@link weatherAnswer} for every request that nothing else is queued for. */
export function playWeather(fake: FakeClaude, cities?: readonly string[]): void {
  fake.replyWith((body) => weatherAnswer(body, cities));
}

/**
 * Claude as an agent: it calls `get_weather` once a city, all at once, and then says what it was told.
 * Where its model thinks, each answer starts with a signed block.
 */
export function weatherAnswer(body: ClaudeBody, cities: readonly string[] = ['Oslo', 'Bergen']): Answer {
  const results = resultsIn(body);
  const said =
    results.length > 0
      ? [{ type: 'text', text: `I found: ${results.join('; ')}.`, citations: null }]
      : cities.map((city) => weatherCall({ city }));
  return { message: { content: [...thinkingFor(body), ...said] } };
}

/** A call under an id of its own. */
export function weatherCall(input: object, name = 'get_weather'): object {
  callCount += 1;
  return { type: 'tool_use', id: `toolu_${callCount}`, name, input, caller: { type: 'direct' } };
}

/** The texts of the tool results at the end of the conversation. */
export function resultsIn({ messages }: ClaudeBody): string[] {
  return blocksOf(messages.at(-1)!).flatMap(({ type, content }) => {
    if (type !== 'tool_result') return [];
    const parts = (content ?? []) as string | { text: string }[];
    return typeof parts === 'string' ? [parts] : [parts.map(({ text }) => text).join('')];
  });
}

/** The bodies of all message requests so far, as the SDK types them. */
export function sentTo(fake: FakeClaude): SentBody[] {
  return fake.requests.filter(({ path }) => path === '/v1/messages').map(({ body }) => body as SentBody);
}

export type SentBody = Omit<Anthropic.MessageCreateParams, 'tools'> & { tools?: Anthropic.Tool[] };

function thinkingFor(body: ClaudeBody): object[] {
  const model = findFakeModel(body.model)!;
  const thinks = body.thinking
    ? body.thinking.type === 'adaptive' || body.thinking.type === 'enabled'
    : model.thinkingWhenOmitted === 'on';
  if (!thinks) return [];
  const display = body.thinking?.display ?? model.thinkingDisplay;
  return [{ type: 'thinking', thinking: display === 'summarized' ? 'I need the weather.' : '', signature: '' }];
}
