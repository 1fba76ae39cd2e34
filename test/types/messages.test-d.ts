import { expectTypeOf } from 'vitest';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ChatMessage,
  Delta,
  Tool,
  ToolCall,
} from '../../client/index.ts';

// Checked by `npm run typecheck`, never run.

export function messagesNarrowByRole(message: ChatMessage): string {
  expectTypeOf(message.role).toEqualTypeOf<'developer' | 'system' | 'user' | 'assistant' | 'tool' | 'function'>();
  switch (message.role) {
    case 'assistant':
      expectTypeOf(message.tool_calls).toEqualTypeOf<ToolCall[] | null | undefined>();
      expectTypeOf(message.refusal).toEqualTypeOf<string | null | undefined>();
      return message.reasoning_content ?? '';
    case 'tool':
      expectTypeOf(message.tool_call_id).toEqualTypeOf<string>();
      return message.tool_call_id;
    case 'function':
      expectTypeOf(message.content).toEqualTypeOf<string | null>();
      return message.name;
    case 'developer':
    case 'system':
      if (typeof message.content === 'string') return message.content;
      expectTypeOf(message.content[0]!.type).toEqualTypeOf<'text'>();
      return message.content[0]!.text;
    case 'user':
      return typeof message.content === 'string' ? message.content : message.content.map(textOfPart).join('');
    default:
      expectTypeOf(message).toEqualTypeOf<never>();
      return message;
  }
}

type UserContent = Extract<ChatMessage, { role: 'user' }>['content'];
type UserPart = Exclude<UserContent, string>[number];

export function partsNarrowByType(part: UserPart): string {
  return textOfPart(part);
}

function textOfPart(part: UserPart): string {
  switch (part.type) {
    case 'text':
      expectTypeOf(part.text).toEqualTypeOf<string>();
      return part.text;
    case 'image_url':
      expectTypeOf(part.image_url.url).toEqualTypeOf<string>();
      return part.image_url.url;
    case 'file':
      expectTypeOf(part.file.file_data).toEqualTypeOf<string | null | undefined>();
      return part.file.filename ?? '';
    case 'input_audio':
      return part.input_audio.data;
    default:
      expectTypeOf(part).toEqualTypeOf<never>();
      return part;
  }
}

export function toolsAndCallsNarrowByType(tool: Tool, call: ToolCall): string[] {
  const name = tool.type === 'function' ? tool.function.name : tool.custom.name;
  if (tool.type === 'custom') {
    // @ts-expect-error: a free-form tool has no function
    tool.function.name.trim();
  }
  if (call.type === 'function') {
    expectTypeOf(call.function.arguments).toEqualTypeOf<string>();
    return [name, call.function.arguments];
  }
  expectTypeOf(call.type).toEqualTypeOf<'custom'>();
  expectTypeOf(call.custom.input).toEqualTypeOf<string>();
  return [name, call.custom.input];
}

export function answersNarrow(completion: ChatCompletion, chunk: ChatCompletionChunk): void {
  const [choice] = completion.choices;
  expectTypeOf(choice).not.toBeAny();
  expectTypeOf(choice?.message.content).toEqualTypeOf<string | null | undefined>();
  expectTypeOf(completion.object).toEqualTypeOf<'chat.completion'>();
  expectTypeOf(chunk.object).toEqualTypeOf<'chat.completion.chunk'>();
  expectTypeOf(chunk.choices[0]?.delta).toEqualTypeOf<Delta | undefined>();
  expectTypeOf(chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments).toEqualTypeOf<string | undefined>();
  expectTypeOf(chunk.choices[0]?.finish_reason).toEqualTypeOf<
    'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call' | null | undefined
  >();
  expectTypeOf(chunk.usage).not.toBeAny();

  const either: ChatCompletion | ChatCompletionChunk = Math.random() < 0.5 ? completion : chunk;
  if (either.object === 'chat.completion') expectTypeOf(either).toEqualTypeOf<ChatCompletion>();
  else expectTypeOf(either).toEqualTypeOf<ChatCompletionChunk>();

  // What an answer says can be sent back as it is.
  const history: ChatMessage[] = choice ? [choice.message] : [];
  expectTypeOf(history).toEqualTypeOf<ChatMessage[]>();
}

export function requestsAreChecked(): void {
  const messages: ChatMessage[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] },
    { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'c', content: 'done' },
  ];
  const request: ChatCompletionRequest = {
    model: 'm',
    messages,
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: {} } },
    reasoning_effort: 'low',
  };
  expectTypeOf(request.messages).toEqualTypeOf<ChatMessage[]>();
  // @ts-expect-error: a tool's answer names its call
  messages.push({ role: 'tool', content: 'done' });
  // @ts-expect-error: no such part
  messages.push({ role: 'user', content: [{ type: 'video_url', video_url: { url: '' } }] });
  messages.push({
    role: 'assistant',
    // @ts-expect-error: arguments are JSON text
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: {} } }],
  });
  // @ts-expect-error: no such kind of tool
  request.tools = [{ type: 'robot' }];
  // @ts-expect-error: no such choice
  request.tool_choice = 'maybe';
  // @ts-expect-error: no such effort
  request.reasoning_effort = 'heroic';
  // @ts-expect-error: a schema has a name
  request.response_format = { type: 'json_schema', json_schema: { schema: {} } };
}
