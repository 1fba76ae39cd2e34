/** The least that a gateway does: what the formats say differently is said the other way, and nothing is checked. */

interface Chat {
  model: string;
  max_tokens: number;
  stream?: boolean;
  messages: { role: string; content: string | { type: string; text?: string; image_url?: { url: string } }[] }[];
  tools?: { function: { name: string; description: string; parameters: object } }[];
}

interface Message {
  id: string;
  model: string;
  content: { type: string; text: string }[];
  usage: { input_tokens: number; output_tokens: number };
}

interface StreamEvent {
  type: string;
  message?: { id: string; model: string };
  content_block?: { type: string; id: string; name: string };
  delta?: { type: string; text?: string; partial_json?: string; stop_reason?: string };
}

export function toClaudeRequest({ model, max_tokens, stream, messages, tools }: Chat): object {
  return {
    model,
    max_tokens,
    stream,
    system: messages.find(({ role }) => role === 'system')?.content,
    messages: messages
      .filter(({ role }) => role !== 'system')
      .map(({ role, content }) => ({ role, content: typeof content === 'string' ? content : content.map(toPart) })),
    tools: tools?.map(({ function: { name, description, parameters } }) => ({
      name,
      description,
      input_schema: parameters,
    })),
  };
}

function toPart({ text, image_url: image }: { text?: string; image_url?: { url: string } }): object {
  if (image === undefined) return { type: 'text', text };
  const comma = image.url.indexOf(',');
  const mediaType = image.url.slice('data:'.length, image.url.indexOf(';'));
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: image.url.slice(comma + 1) } };
}

export function toCompletion({ id, model, content, usage }: Message): object {
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: content.map(({ text }) => text).join('') },
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: usage.input_tokens,
      completion_tokens: usage.output_tokens,
      total_tokens: usage.input_tokens + usage.output_tokens,
    },
  };
}

/** Gives for each event the text to write, '' for none. */
export function createChunkTranslator(): (event: StreamEvent) => string {
  let id = '';
  let model = '';
  const created = Math.floor(Date.now() / 1000);
  const write = (delta: object, reason: string | null = null): string =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  return ({ type, message, content_block: block, delta }) => {
    switch (type) {
      case 'message_start':
        id = message!.id;
        model = message!.model;
        return write({ role: 'assistant', content: '' });
      case 'content_block_start':
        if (block!.type !== 'tool_use') return '';
        return write({ tool_calls: [{ index: 0, id: block!.id, function: { name: block!.name, arguments: '' } }] });
      case 'content_block_delta':
        if (delta!.text !== undefined) return write({ content: delta!.text });
        return write({ tool_calls: [{ index: 0, function: { arguments: delta!.partial_json } }] });
      case 'message_delta':
        return write({}, delta!.stop_reason === 'tool_use' ? 'tool_calls' : 'stop');
      case 'message_stop':
        return 'data: [DONE]\n\n';
      default:
        return '';
    }
  };
}
