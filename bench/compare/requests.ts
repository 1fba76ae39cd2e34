/** Every gateway's own table knows these. */
export const MODELS = {
  /** Takes no sampling parameters and no forced tool choice, thinks adaptively. */
  current: 'claude-sonnet-5-5',
  /** Takes a forced tool choice. */
  forcing: 'claude-haiku-5-5',
  /** Takes temperature or top_p. */
  sampling: 'claude-sonnet-4-6',
  /** Thinks by a budget. */
  budget: 'claude-haiku-4-5',
  /** For answers that fail, so that no gateway holds earlier probes' failures against a later one. */
  failing: 'claude-opus-5-5',
} as const;

export interface ChatMessage {
  role: string;
  [field: string]: unknown;
}

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  [field: string]: unknown;
}

/** A request as an OpenAI client sends it. `max_tokens` is always there, since Portkey asks for it. */
export function chat(fields: Record<string, unknown> = {}): ChatRequest {
  return { model: MODELS.current, max_tokens: 2048, messages: [{ role: 'user', content: 'Hello' }], ...fields };
}

/** One user message of a text and another part. */
export function withPart(part: object): ChatRequest {
  return chat({ messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, part] }] });
}

export function weatherTool(name = 'get_weather'): object {
  return {
    type: 'function',
    function: {
      name,
      description: 'The weather in a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  };
}

export function call(id: string, name = 'get_weather', input: object = { city: 'Oslo' }): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}
