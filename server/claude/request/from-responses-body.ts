import { fieldsOf, isPlainObject } from '../../calls/plain-object.ts';

/** A body of OpenAI's other API, which some editors post to `/v1/chat/completions`, before it is validated. */
type Fields = Record<string, unknown>;

const PARTS: Readonly<Record<string, (part: Fields) => Fields>> = {
  input_text: ({ text }) => ({ type: 'text', text }),
  output_text: ({ text }) => ({ type: 'text', text }),
  input_image: ({ image_url: url, detail }) => ({
    type: 'image_url',
    image_url: { url, ...(detail !== undefined && { detail }) },
  }),
  input_file: ({ type: _type, ...file }) => ({ type: 'file', file }),
};

/**
 * The body as one of chat completions: `input` and `instructions` as messages, flat tools and choices in their own
 * objects, `text`, `reasoning` and `max_output_tokens` under their names there. Any other body comes back as it is, and
 * what is not known stays, to be validated and noted as always.
 */
export function fromResponsesBody(body: Fields): Fields {
  const { tools, tool_choice: choice } = body;
  const flat = {
    ...(Array.isArray(tools) && tools.some(isFlat) && { tools: tools.map(nested) }),
    ...(isFlat(choice) && { tool_choice: nested(choice) }),
  };
  if (body['input'] === undefined || body['messages'] !== undefined)
    return Object.keys(flat).length > 0 ? { ...body, ...flat } : body;
  const { input, instructions, text, reasoning, max_output_tokens: maxTokens, ...rest } = body;
  return {
    ...rest,
    messages: [
      ...(typeof instructions === 'string' && instructions !== '' ? [{ role: 'system', content: instructions }] : []),
      ...toMessages(input),
    ],
    ...fromText(text),
    ...fromReasoning(reasoning),
    // It belongs to another API and can't be put back; as an unknown field it gets a notice.
    ...(Array.isArray(input) && input.some(isReasoning) && { 'input.reasoning': true }),
    ...(maxTokens !== undefined && { max_completion_tokens: maxTokens }),
    ...flat,
  };
}

function toMessages(input: unknown): unknown[] {
  if (!Array.isArray(input)) return [{ role: 'user', content: input }];
  const messages: unknown[] = [];
  for (const item of input as unknown[]) {
    const call = toCall(item);
    const last = messages.at(-1);
    if (call && isPlainObject(last) && last['role'] === 'assistant') {
      const calls = Array.isArray(last['tool_calls']) ? (last['tool_calls'] as unknown[]) : [];
      calls.push(call);
      last['tool_calls'] = calls;
    } else if (call) messages.push({ role: 'assistant', content: null, tool_calls: [call] });
    else if (!isReasoning(item)) messages.push(toMessage(item));
  }
  return messages;
}

function isReasoning(item: unknown): boolean {
  return isPlainObject(item) && item['type'] === 'reasoning';
}

/** What chat completions have no field for stays, to be noted as unknown. */
function fromReasoning(reasoning: unknown): Fields {
  if (!isPlainObject(reasoning)) return {};
  const { effort, ...others } = reasoning;
  const hasOthers = Object.values(others).some((value) => value !== null && value !== undefined);
  return { ...(typeof effort === 'string' && { reasoning_effort: effort }), ...(hasOthers && { reasoning: others }) };
}

function toCall(item: unknown): Fields | undefined {
  if (!isPlainObject(item)) return undefined;
  const { type, call_id: id, name, arguments: text, input } = item;
  if (type === 'function_call') return { id, type: 'function', function: { name, arguments: text } };
  return type === 'custom_tool_call' ? { id, type: 'custom', custom: { name, input } } : undefined;
}

function toMessage(item: unknown): unknown {
  if (!isPlainObject(item)) return item;
  const { type, call_id: id, output, content, id: _id, status: _status, ...rest } = item;
  if (type === 'function_call_output' || type === 'custom_tool_call_output')
    return { role: 'tool', tool_call_id: id, content: toContent(output) };
  return { ...rest, content: toContent(content) };
}

function toContent(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part: unknown) => {
    const rewrite =
      isPlainObject(part) && Object.hasOwn(PARTS, String(part['type'])) ? PARTS[String(part['type'])] : undefined;
    return rewrite ? rewrite(part as Fields) : part;
  });
}

function fromText(text: unknown): Fields {
  if (!isPlainObject(text)) return {};
  const { format, verbosity } = text;
  const isSchema = isPlainObject(format) && format['type'] === 'json_schema';
  const { type, ...schema } = fieldsOf(format);
  return {
    ...(verbosity !== undefined && { verbosity }),
    ...(isPlainObject(format) && { response_format: isSchema ? { type, json_schema: schema } : format }),
  };
}

/** A tool, or the choice of one, whose fields stand beside its type. */
function isFlat(value: unknown): value is Fields {
  if (!isPlainObject(value)) return false;
  const { type, name } = value;
  return (type === 'function' || type === 'custom') && name !== undefined && value[type] === undefined;
}

function nested(value: unknown): unknown {
  if (!isFlat(value)) return value;
  const { type, format, ...definition } = value;
  const isGrammar = isPlainObject(format) && format['type'] === 'grammar' && format['grammar'] === undefined;
  if (isGrammar) {
    const { type: kind, ...grammar } = format;
    definition['format'] = { type: kind, grammar };
  } else if (format !== undefined) definition['format'] = format;
  return { type, [String(type)]: definition };
}
