import { expect, test } from 'vitest';
import { fromZodError } from '../../../server/calls/invalid-input.ts';
import { ChatCompletionRequest } from '../../../shared/chat-request.ts';

const HELLO = { model: 'm', messages: [{ role: 'user', content: 'x' }] };

test.each([
  [{}, "Missing required parameter: 'model'."],
  [{ ...HELLO, model: 1 }, "Invalid type for 'model': expected a string, but got a number instead."],
  [{ ...HELLO, messages: [] }, "Invalid value for 'messages': expected an array with at least 1 entry."],
  [{ ...HELLO, messages: 'a' }, "Invalid type for 'messages': expected an array, but got a string instead."],
  [{ ...HELLO, messages: [{ role: 'user' }] }, "Missing required parameter: 'messages[0].content'."],
  [
    { ...HELLO, messages: [{ role: 'user', content: 5 }] },
    "Invalid type for 'messages[0].content': expected a string or an array, but got a number instead.",
  ],
  [
    { ...HELLO, messages: [{ role: 'user', content: [{ type: 'text' }] }] },
    "Missing required parameter: 'messages[0].content[0].text'.",
  ],
  [{ ...HELLO, temperature: 3 }, "Invalid value for 'temperature': expected a value of at most 2."],
  [{ ...HELLO, max_tokens: 1.5 }, "Invalid type for 'max_tokens': expected an integer, but got a number instead."],
  [
    { ...HELLO, stop: ['a', 'b', 'c', 'd', 'e'] },
    "Invalid value for 'stop': expected an array with at most 4 entries.",
  ],
  [{ ...HELLO, tools: [{}] }, "Invalid value for 'tools[0].type': expected 'function' or 'custom'."],
  [
    { ...HELLO, tool_choice: 'sometimes' },
    "Invalid value for 'tool_choice': expected 'none', 'auto' or 'required'; or expected an object, but got a string instead.",
  ],
  [{ ...HELLO, tool_choice: { type: 'function' } }, "Missing required parameter: 'tool_choice.function'."],
  [[], 'Invalid type for the request: expected an object, but got an array instead.'],
])('%j is refused in words of JSON', (body, message) => {
  expect(fromZodError(ChatCompletionRequest.safeParse(body).error!).message).toBe(message);
});
