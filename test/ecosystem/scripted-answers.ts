import { findFakeModel } from '../support/claude-models.ts';
import { type Answer, defaultMessage } from '../support/fake-answer.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { weatherAnswer, weatherCall } from './weather-agent.ts';

/** The fake's part in the checks that run in other languages: what the last message asks for by name. */
export function answerTo(body: ClaudeBody): Answer {
  const asked = JSON.stringify(body.messages.at(-1));
  if (asked.includes('Be busy')) return { status: 429, headers: { 'retry-after': '7' } };
  if (asked.includes('Break off')) {
    return {
      events: [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
    };
  }
  if (asked.includes('How often did I ask')) return say(`You asked ${questionsIn(body)} times.`);
  const transfer = body.tools?.find(({ name }) => name.startsWith('transfer_to_'));
  if (transfer) return { message: { content: [weatherCall({}, transfer.name)] } };
  const forced = body.tool_choice?.type === 'tool';
  return body.tools && !forced ? weatherAnswer(body) : { message: defaultMessage(body, findFakeModel(body.model)!) };
}

function say(text: string): Answer {
  return { message: { content: [{ type: 'text', text, citations: null }] } };
}

/** Messages of the user that are no results of calls alone: those of this request, and those it goes on from. */
function questionsIn({ messages }: ClaudeBody): number {
  const hasText = (content: ClaudeBody['messages'][number]['content']): boolean =>
    typeof content === 'string' || content.some(({ type }) => type === 'text');
  return messages.filter(({ role, content }) => role === 'user' && hasText(content)).length;
}
